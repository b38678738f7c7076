//! Claims about the whole program, in one binary.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by failing")]

mod auth;
mod broker;
mod cli;
mod delivery;
mod examples;
mod fuzz;
mod graphql;
mod inbox;
mod ingest;
mod live;
mod operations;
mod pages;
mod simulation;
mod starting;
mod store;
mod suites;
mod support;
mod trials;
mod ui;
mod ws;
