//! What a peer is told when its socket or its operation does not go on.

use axum::extract::ws::CloseFrame;

use crate::live::close;

/// A close frame whose reason is cut to what fits.
pub(super) fn frame(code: u16, reason: &str) -> CloseFrame {
    CloseFrame { code, reason: close::fit(reason).into() }
}

/// The close frame of a node that stops.
pub(super) fn restart() -> CloseFrame {
    frame(close::DRAINING, "Service restart")
}

/// The sentence the protocol asks for, also around an id too long for a close frame.
pub(super) fn already_exists(id: &str) -> String {
    const AROUND: usize = "Subscriber for  already exists".len();
    let id = &id[..id.floor_char_boundary(close::LONGEST_REASON - AROUND)];
    format!("Subscriber for {id} already exists")
}

/// GraphQL errors as JSON: this socket runs as many operations as it may.
pub(super) fn too_many(operations: usize) -> String {
    let message = format!("No more than {operations} operations run at once on one socket");
    serde_json::json!([{ "message": message, "extensions": { "code": "TOO_MANY_OPERATIONS" } }]).to_string()
}
