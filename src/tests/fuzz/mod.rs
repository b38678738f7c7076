//! Parsers of what comes from outside, under bytes that nobody meant.
//!
//! Each claim holds for every file of its corpus, `src/tests/corpora/<parser>`, and for what becomes of
//! them by some edits. What breaks one is made as small as it gets and kept under `target/fuzz`: put
//! it into the corpus. `BELFRY_FUZZ_SECONDS` says how long each is tried; `make fuzz` takes minutes.

mod alerts;
mod documents;
mod edits;
mod messages;
mod names;
mod requests;
mod tokens;

use std::{
    env, fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use proptest::test_runner::{Config, TestError, TestRunner};

/// How many edited inputs are tried between two looks at the clock.
const ROUND: u32 = 500;

/// Tries a claim, which panics where it does not hold.
fn fuzz(parser: &str, claim: impl Fn(&[u8])) {
    fuzz_with(parser, Vec::new(), claim);
}

/// The same, with more to begin with than the corpus holds: what cannot be kept in a file.
fn fuzz_with(parser: &str, more: Vec<Vec<u8>>, claim: impl Fn(&[u8])) {
    let (mut seeds, until) = (more, Instant::now() + length());
    for (file, seed) in corpus(parser) {
        let held = catch_unwind(AssertUnwindSafe(|| claim(&seed)));
        assert!(held.is_ok(), "{} breaks the claim", file.display());
        seeds.push(seed);
    }
    assert!(seeds.len() > 3, "{parser} has no corpus");
    let edited = edits::edited(seeds);
    while Instant::now() < until {
        let config = Config { cases: ROUND, failure_persistence: None, ..Config::default() };
        let tried = TestRunner::new(config).run(&edited, |bytes| {
            claim(&bytes);
            Ok(())
        });
        if let Err(TestError::Fail(why, bytes)) = tried {
            panic!("{parser} broke: {why}\n{}\nkept in {}", bytes.escape_ascii(), keep(parser, &bytes));
        }
    }
}

fn length() -> Duration {
    let given = env::var("BELFRY_FUZZ_SECONDS").ok();
    Duration::from_secs(given.map_or(1, |seconds| seconds.parse().unwrap()))
}

/// The files of a corpus.
fn corpus(parser: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tests/corpora").join(parser);
    let files = fs::read_dir(&folder).unwrap_or_else(|_| panic!("{} is missing", folder.display()));
    let files = files.map(|file| file.unwrap().path());
    files.map(|file| (file.clone(), fs::read(file).unwrap())).collect()
}

/// Writes down what broke a claim; where it is.
fn keep(parser: &str, bytes: &[u8]) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/fuzz").join(parser);
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join(format!("{:016x}", rand::random::<u64>()));
    fs::write(&file, bytes).unwrap();
    file.display().to_string()
}

/// A claim about text: what is not text never comes so far.
fn text(claim: impl Fn(&str)) -> impl Fn(&[u8]) {
    move |bytes| {
        if let Ok(text) = str::from_utf8(bytes) {
            claim(text);
        }
    }
}
