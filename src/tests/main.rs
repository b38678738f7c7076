//! Claims about the whole program, in one binary.

mod live;
mod ws;
