//! Limits on times, in seconds.

use clap::Args;

/// Limits on times, in seconds.
#[derive(Args, Clone, Debug)]
pub struct Times {
    /// Seconds for the head of a request to come; also how long a connection may wait for its next request.
    #[arg(long = "limit-head-time", env = "BELFRY_LIMIT_HEAD_TIME", default_value_t = 30,
        value_parser = clap::value_parser!(u64).range(1..=300))]
    pub head_time: u64,

    /// Seconds for the body of a request to come.
    #[arg(long = "limit-body-time", env = "BELFRY_LIMIT_BODY_TIME", default_value_t = 10,
        value_parser = clap::value_parser!(u64).range(1..=300))]
    pub body_time: u64,

    /// Seconds within which a request is answered, whatever the database does; by default as long as its own
    /// two times allow, and some more.
    #[arg(long = "limit-query-time", env = "BELFRY_LIMIT_QUERY_TIME",
        value_parser = clap::value_parser!(u64).range(1..=300))]
    pub query_time: Option<u64>,
}
