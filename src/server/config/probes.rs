//! Where the node tells how it is.

use std::net::SocketAddr;

use clap::Args;

/// Who may ask a node how it is, by where it is asked.
#[derive(Args, Clone, Debug)]
pub struct Probes {
    /// Where /healthz, /readyz and /metrics are, and nothing else; they are not on the main address then.
    /// Unset: on the main address.
    #[arg(long, env = "BELFRY_PROBES_ADDR")]
    pub probes_addr: Option<SocketAddr>,
}
