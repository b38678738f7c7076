//! Raises an alert to Ada with the `redis` crate: by an entry in the stream that Belfry reads.
//!
//! `REDIS_URL=redis://127.0.0.1:6379 cargo run --features ssr --example stream`
#![expect(clippy::print_stdout, reason = "it says what it did")]

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let mut server = redis::Client::open(std::env::var("REDIS_URL")?)?.get_connection()?;
    // The fields are those of CreateAlertInput; `actor` and `data` are JSON. What is refused goes,
    // with the reason, to the stream belfry:alerts:dead.
    let fields = [
        ("recipientId", "ada"),
        ("kind", "release"),
        ("title", "Raised by redis-rs"),
        ("body", "The release is out."),
    ];
    let entry: String = redis::cmd("XADD").arg("belfry:alerts").arg("*").arg(&fields).query(&mut server)?;
    println!("added {entry}");
    Ok(())
}
