//! An echo over the server's own upgrade, frames and closes, for suites that know no subprotocol.

use std::{net::SocketAddr, time::Duration};

use axum::{
    Router,
    extract::ws::{Message, WebSocket, WebSocketUpgrade},
    routing::any,
};
use belfry::server::graphql::ws::{end::End, framed};
use tokio::net::TcpListener;

/// How long a peer has to answer a close: less than the second for which suites wait for the connection's end.
const PATIENCE: Duration = Duration::from_millis(200);

/// Starts it: every message of up to so many bytes comes back.
pub async fn start(largest: usize) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let upgrade = async move |request: WebSocketUpgrade| {
        // The frame that goes back is a little larger than its message.
        framed(request, largest).max_write_buffer_size(2 * largest).on_upgrade(echo)
    };
    tokio::spawn(axum::serve(listener, Router::new().route("/echo", any(upgrade))).into_future());
    address
}

async fn echo(mut socket: WebSocket) {
    let end = loop {
        match socket.recv().await {
            Some(Ok(message @ (Message::Text(_) | Message::Binary(_)))) => {
                if socket.send(message).await.is_err() {
                    break End::Gone;
                }
            }
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            Some(Ok(Message::Close(_))) | None => break End::Gone,
            Some(Err(error)) => break End::unreadable(error),
        }
    };
    end.carry_out(socket, PATIENCE).await;
}
