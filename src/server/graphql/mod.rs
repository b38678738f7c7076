//! GraphQL: the schema, and the two ways to it.

pub mod ws;
