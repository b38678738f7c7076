//! Who is asking, and how a right ends.

pub mod causes;
mod cookie;
mod ends;
mod expiry;
mod faults;
mod guessing;
mod keys;
mod missed;
mod modes;
mod origins;
mod renewal;
mod sockets;
mod tokens;
