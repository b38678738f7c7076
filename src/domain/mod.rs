//! The words of Belfry as types. Pure: no I/O, no clock, no framework; built for both targets.

pub mod alert;
pub mod change;
pub mod event;
pub mod filter;
pub mod inbox;
pub mod later;
pub mod new_alert;
pub mod position;
pub mod scope;
pub mod state;
mod text;
pub mod user;

pub use alert::{Actor, Alert, AlertId, Severity};
pub use change::{Change, What};
pub use event::InboxEvent;
pub use filter::Filter;
pub use inbox::{Inbox, Page, Reply};
pub use later::Later;
pub use new_alert::{Invalid, NewAlert};
pub use position::{Position, Revision};
pub use scope::Scope;
pub use state::{Act, Counts, Moves, Place, State};
pub use user::{Name, User, UserId};
