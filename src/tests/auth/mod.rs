//! Who is asking, and how a right ends.

mod cookie;
mod faults;
mod keys;
mod missed;
mod modes;
mod origins;
mod sockets;
mod tokens;
