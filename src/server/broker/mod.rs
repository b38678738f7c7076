//! Carries committed changes to the sessions that should hear them.
//!
//! The [`Hub`] knows the sessions of this process by user. A [`Session`] is pulled by whoever
//! writes to a socket: it gives one change at a time, in revision order, and reads the store's log
//! wherever news did not arrive. The [`sweeper`] looks at the log once a second for what no news
//! told of: another process wrote, or an alert fell due. News makes delivery fast; only the log
//! makes it complete.

mod cursor;
mod hub;
mod news;
mod session;
pub mod sweeper;

pub use hub::Hub;
pub use news::{News, Part};
pub use session::{Heard, Session, Start};
