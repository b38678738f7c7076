//! How a server starts, or says why not; and how it stops.

mod logged;
mod refused;
mod servers;
mod stopping;
