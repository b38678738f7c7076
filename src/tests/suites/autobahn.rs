//! Autobahn's fuzzing client: some 300 cases of RFC 6455, each on a connection of its own.

use std::{collections::BTreeMap, fs};

use serde_json::{Value, json};

use super::{installed, report, run, said};
use crate::ws::echo;

/// Chapter 9 sends messages of up to 16 MiB. Our own limit has tests of its own.
const LARGEST: usize = 32 * 1024 * 1024;

/// What a case may come to, for the frames and for the close after them. Some ask for more than the standard does.
const GOOD: [&str; 3] = ["OK", "NON-STRICT", "INFORMATIONAL"];

#[tokio::test(flavor = "multi_thread")]
async fn autobahn_finds_no_fault_outside_compression() {
    let (address, folder) = (echo::start(LARGEST).await, tempfile::tempdir().unwrap());
    let spec = json!({
        "outdir": folder.path(),
        "servers": [{ "agent": "belfry", "url": format!("ws://{address}/echo") }],
        "cases": ["*"],
        // Compression, which is not offered.
        "exclude-cases": ["12.*", "13.*"],
    });
    fs::write(folder.path().join("spec.json"), spec.to_string()).unwrap();
    let mut suite = installed("autobahn/wstest", folder.path());
    let output = run(suite.args(["-m", "fuzzingclient", "-s", "spec.json"])).await;
    let index = fs::read(folder.path().join("index.json")).unwrap_or_else(|_| panic!("{}", said(&output)));
    let index: Value = serde_json::from_slice(&index).unwrap();
    let (mut failed, mut counts) = (Vec::new(), BTreeMap::new());
    for (case, came_to) in index["belfry"].as_object().unwrap() {
        let behaved = ["behavior", "behaviorClose"].map(|what| came_to[what].as_str().unwrap());
        *counts.entry(behaved[0]).or_insert(0) += 1;
        if !behaved.iter().all(|it| GOOD.contains(it)) {
            failed.push(format!("{case}: {behaved:?}"));
        }
    }
    assert_eq!(failed, [""; 0]);
    assert!(counts.values().sum::<usize>() > 290, "{counts:?}");
    report("Autobahn fuzzing client, without 12 and 13", &format!("{counts:?}"));
}
