//! What stands before a node, and whose pages may act here.

use clap::Args;
use ipnet::IpNet;

use crate::server::{
    origin::{self, Listed, Origins},
    sender::{self, Proxies},
};

/// What stands before a node, and whose pages may act here.
#[derive(Args, Clone, Debug)]
pub struct Edge {
    /// The origins whose pages may send forms and mutations and open sockets, besides the server's own, separated
    /// by commas: `https://app.example.com`. `*`: any, but without anybody's session.
    #[arg(long, env = "BELFRY_ORIGINS", value_delimiter = ',', value_parser = origin::listed)]
    origins: Vec<Listed>,

    /// The proxies that are believed when they say who sent a request (X-Forwarded-For) and whether by TLS
    /// (X-Forwarded-Proto): addresses and networks, separated by commas. By default none is.
    #[arg(long, env = "BELFRY_TRUSTED_PROXIES", value_delimiter = ',', value_parser = sender::network)]
    trusted_proxies: Vec<IpNet>,
}

impl Edge {
    /// Whose pages may act here.
    pub fn origins(&self) -> Origins {
        Origins::new(self.origins.iter().cloned())
    }

    /// Which proxies are believed.
    pub fn proxies(&self) -> Proxies {
        Proxies::new(self.trusted_proxies.clone())
    }

    /// Whether a proxy stands before it.
    pub fn trusts_proxies(&self) -> bool {
        !self.trusted_proxies.is_empty()
    }

    /// Whether the list of origins shuts nobody out.
    pub fn allows_every_origin(&self) -> bool {
        self.origins.contains(&Listed::Any)
    }
}
