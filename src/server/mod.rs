//! The server: everything that never reaches the browser.

pub mod pages;
