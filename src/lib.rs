//! Belfry: a real-time notification service in one binary, and the bell its users see.
//!
//! The map, in the direction imports run:
//!
//! - [`domain`]: alerts, users, positions, and the whole logic of the bell. Pure; both targets.
//! - [`live`]: the `graphql-transport-ws` client. Both targets.
//! - [`ui`]: what the browser draws: the bell, its operations, its clock. Both targets.
//! - `server`: the store, the broker, GraphQL, pages, sign-in. Sees all of the above; native only.

// A page's type nests as deep as its elements.
#![recursion_limit = "256"]

pub mod domain;
pub mod live;
#[cfg(feature = "ssr")]
pub mod server;
pub mod ui;

/// Brings the islands of the page to life; called once by the page's module script.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_islands();
}
