//! The GraphQL API: the schema, its transports, and what both share.
//!
//! Types of the schema wrap the domain's; nothing of the domain knows GraphQL. A resolver asks who
//! is there, parses, calls one use case and maps the outcome: an expected no is a `Problem`, a
//! fault is one bland coded error, logged once.

mod connection;
mod context;
mod engine;
mod event;
mod gate;
pub mod http;
mod input;
mod measure;
mod mutation;
mod object;
mod query;
mod scalar;
mod selection;
mod subscribed;
mod subscription;
pub mod ws;

use async_graphql::ValidationMode;

pub use connection::{cursor, parse_cursor};
pub use context::{AWAY, UNAVAILABLE};
pub use engine::{Engine, Executed, Kind};
pub use measure::Bounds;
pub use mutation::Mutation;
pub use query::Query;
pub use subscription::Subscription;

use super::alerts::Alerts;

/// The schema with its roots.
pub type Schema = async_graphql::Schema<Query, Mutation, Subscription>;

/// Builds the schema. Introspection and "did you mean" are for demo mode, or for who asked for it.
pub fn schema(alerts: Alerts, introspection: bool, bounds: &Bounds, page: u32) -> Schema {
    let builder = async_graphql::Schema::build(Query, Mutation, Subscription)
        .validation_mode(ValidationMode::Strict)
        .limit_depth(bounds.depth)
        .limit_complexity(bounds.complexity)
        .extension(gate::Gate)
        .data(alerts)
        .data(connection::Most(page));
    if introspection {
        builder.finish()
    } else {
        builder.disable_introspection().disable_suggestions().finish()
    }
}

/// The schema in SDL, as committed beside this file.
pub fn sdl() -> String {
    async_graphql::Schema::build(Query, Mutation, Subscription).finish().sdl()
}
