//! Limits on counts and rates.

use std::num::NonZeroU32;

use clap::Args;

use crate::server::config::Switch;

/// Limits on counts and rates.
#[derive(Args, Clone, Debug)]
pub struct Counts {
    /// How many operations may run on one socket at once; 20 or more.
    #[arg(long = "limit-operations", env = "BELFRY_LIMIT_OPERATIONS", default_value_t = 50, value_parser = operations)]
    pub operations: usize,

    /// How many messages one socket may send in a second, pings among them.
    #[arg(long = "limit-messages", env = "BELFRY_LIMIT_MESSAGES", default_value = "2000")]
    pub messages: NonZeroU32,

    /// How many bytes one socket may send in a second.
    #[arg(long = "limit-bytes", env = "BELFRY_LIMIT_BYTES", default_value = "1048576")]
    pub bytes: NonZeroU32,

    /// How many sockets one person may have on a node.
    #[arg(long = "limit-sockets", env = "BELFRY_LIMIT_SOCKETS", default_value = "200")]
    pub sockets: NonZeroU32,

    /// How many sockets one address may have on a node: behind a proxy that is not among
    /// BELFRY_TRUSTED_PROXIES everybody has one and the same.
    #[arg(long = "limit-sockets-address", env = "BELFRY_LIMIT_SOCKETS_ADDRESS", default_value = "1000")]
    pub sockets_address: NonZeroU32,

    /// How many sockets are let in each second; the next ones wait, and are told to come again where that
    /// would take long.
    #[arg(long = "limit-upgrades", env = "BELFRY_LIMIT_UPGRADES", default_value = "500")]
    pub upgrades: NonZeroU32,

    /// How many wrong passwords of one account are looked at each minute; right ones do not count.
    #[arg(long = "limit-sign-ins", env = "BELFRY_LIMIT_SIGN_INS", default_value = "10")]
    pub sign_ins: NonZeroU32,

    /// The same from one address, whomever they are for.
    #[arg(long = "limit-sign-ins-address", env = "BELFRY_LIMIT_SIGN_INS_ADDRESS", default_value = "100")]
    pub sign_ins_address: NonZeroU32,

    /// How many requests one publisher may make in a second.
    #[arg(long = "limit-requests", env = "BELFRY_LIMIT_REQUESTS", default_value = "2000")]
    pub requests: NonZeroU32,

    /// How many requests one address may make in a second.
    #[arg(long = "limit-requests-address", env = "BELFRY_LIMIT_REQUESTS_ADDRESS", default_value = "2000")]
    pub requests_address: NonZeroU32,

    /// on: limits by address hold for this machine's own addresses too.
    #[arg(long = "limit-loopback", env = "BELFRY_LIMIT_LOOPBACK", value_enum, default_value_t = Switch::Off)]
    pub loopback: Switch,
}

fn operations(text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| *number >= 20);
    number.ok_or_else(|| "must be a number, 20 or more".to_owned())
}
