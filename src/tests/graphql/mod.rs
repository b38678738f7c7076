//! The API over HTTP: what can be asked and done, and what each refusal says.

mod audits;
mod http;
mod inbox;
mod large;
mod marking;
mod others;
mod paging;
mod places;
mod raising;
mod refused;
mod schema;
mod seen;
