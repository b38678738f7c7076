//! The claims of the server, told from outside.

mod store;
