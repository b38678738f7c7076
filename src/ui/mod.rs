//! What the browser draws.
