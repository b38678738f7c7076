//! Limits on sizes.

use clap::{Args, builder::RangedU64ValueParser};

/// The least that can be set, in bytes: the largest alert there is, told in the longest way.
const LEAST: u64 = 32 * 1024;
/// The most, in bytes: all of it is held in memory.
const MOST: u64 = 16 * 1024 * 1024;

/// Limits on sizes.
#[derive(Args, Clone, Debug)]
pub struct Sizes {
    /// The largest body of a request, in bytes; 32768 or more.
    #[arg(long = "limit-body", env = "BELFRY_LIMIT_BODY", default_value_t = 128 * 1024, value_parser = bytes())]
    pub body: usize,

    /// The largest message on a socket, in bytes; 32768 or more.
    #[arg(long = "limit-message", env = "BELFRY_LIMIT_MESSAGE", default_value_t = 64 * 1024, value_parser = bytes())]
    pub message: usize,

    /// The largest frame of a message, in bytes; 1024 or more.
    #[arg(long = "limit-frame", env = "BELFRY_LIMIT_FRAME", default_value_t = 64 * 1024,
        value_parser = RangedU64ValueParser::<usize>::new().range(1024..=MOST))]
    pub frame: usize,

    /// The most alerts of one page; the schema promises no more than 100.
    #[arg(long = "limit-page", env = "BELFRY_LIMIT_PAGE", default_value_t = 100,
        value_parser = clap::value_parser!(u32).range(20..=100))]
    pub page: u32,
}

fn bytes() -> RangedU64ValueParser<usize> {
    RangedU64ValueParser::new().range(LEAST..=MOST)
}
