//! What the system says of a process (proc(5)).

use std::{fs, pin::pin, time::Duration};

use tokio::time::interval;

/// Its resident memory, in kB.
pub fn memory(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    resident.trim().trim_end_matches(" kB").parse().unwrap()
}

/// The most of it while something lasts, and what came of that.
pub async fn most_memory<T>(process: u32, lasting: impl Future<Output = T>) -> (u64, T) {
    let (mut most, mut looks, mut lasting) = (0, interval(Duration::from_millis(100)), pin!(lasting));
    loop {
        most = most.max(memory(process));
        tokio::select! {
            over = &mut lasting => return (most, over),
            _ = looks.tick() => {}
        }
    }
}

/// How many files it has open.
pub fn open_files(process: u32) -> usize {
    fs::read_dir(format!("/proc/{process}/fd")).unwrap().count()
}
