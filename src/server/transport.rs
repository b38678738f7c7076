//! What lies between a node and its engines, for whoever judges the settings.

use std::net::IpAddr;

/// The way to an engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transport {
    /// The hosts of its servers. None for what is on this machine in any case: a file, a Unix socket.
    pub hosts: Vec<String>,
    /// Whether nobody on the way can read along, or answer in the engine's place.
    pub is_secret: bool,
    /// Whether the engine is shown a password or a certificate.
    pub shows_who: bool,
}

impl Transport {
    /// The first host that is another machine.
    pub fn elsewhere(&self) -> Option<&str> {
        self.hosts.iter().map(String::as_str).find(|host| !is_here(host))
    }
}

fn is_here(host: &str) -> bool {
    let plain = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || plain.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_loopback_address_and_its_name_are_here() {
        for here in ["localhost", "127.0.0.1", "127.8.9.1", "::1", "[::1]"] {
            assert!(is_here(here), "{here}");
        }
        for elsewhere in ["db", "10.0.0.7", "0.0.0.0", "localhost.example", "127.0.0.1.example", "::2", ""] {
            assert!(!is_here(elsewhere), "{elsewhere}");
        }
    }
}
