//! What the browser draws: the bell, the operations it sends, and its clock.
//!
//! Built for both targets. The server renders the same views to HTML; whatever touches the
//! browser is reached only from effects and event handlers, which never run on the server.

pub mod api;
mod bell;
pub mod face;
pub mod icon;
pub mod time;

pub use bell::{Bell, Opening, Undo, content, titled};
