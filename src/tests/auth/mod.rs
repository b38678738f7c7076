//! Who is asking, and how a right ends.

mod cookie;
mod modes;
mod sockets;
mod tokens;
