//! The end of a socket: why, and how it is told.

use std::{future, time::Duration};

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use tokio::time::timeout;
use tungstenite::error::ProtocolError::ResetWithoutClosingHandshake;

use super::reasons::frame;
use crate::live::close as codes;

/// Why the loop ends.
pub enum End {
    /// We close, and say why.
    Close(CloseFrame),
    /// The peer has closed or is not there any more.
    Gone,
}

impl End {
    /// The close that answers a frame which the WebSocket layer refused; that layer itself sends none.
    /// The codes are those of RFC 6455, section 7.4.1.
    #[must_use]
    pub fn unreadable(error: axum::Error) -> Self {
        use tungstenite::Error::{Capacity, Protocol, Utf8};
        let (code, reason) = match error.into_inner().downcast_ref() {
            Some(Capacity(_)) => (codes::TOO_BIG, "Message too big"),
            Some(Utf8(_)) => (1007, "Text is not UTF-8"),
            Some(Protocol(fault)) if *fault != ResetWithoutClosingHandshake => {
                (1002, "WebSocket protocol error")
            }
            _ => return Self::Gone,
        };
        Self::Close(frame(code, reason))
    }

    /// Ends the connection, within `patience`.
    pub async fn carry_out(self, mut socket: WebSocket, patience: Duration) {
        match self {
            Self::Close(frame) => {
                // The reason may quote the peer: escaped, so that it stays on its line.
                tracing::info!(code = frame.code, reason = frame.reason.as_str(), "closing a socket");
                drop(timeout(patience, say(&mut socket, frame)).await);
            }
            // One more read lets our answer to the peer's close go out.
            Self::Gone => drop(timeout(patience, socket.recv()).await),
        }
    }
}

/// Says why and waits until the peer has seen it: a connection given up while frames of the peer are
/// unread is reset, and the reset can overtake the close frame.
async fn say(socket: &mut WebSocket, frame: CloseFrame) {
    if socket.send(Message::Close(Some(frame))).await.is_err() {
        return;
    }
    loop {
        match socket.recv().await {
            Some(Ok(Message::Close(_)) | Err(_)) => return,
            Some(Ok(_)) => {}
            // After a frame that could not be read no other can: wait without looking.
            None => future::pending().await,
        }
    }
}
