//! A person's socket that follows their inbox.

use std::{
    fs,
    path::{Path, PathBuf},
};

use futures_util::{SinkExt, StreamExt};
use jsonwebtoken::{EncodingKey, Header, encode};
use serde_json::{Value, json};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Message, client::IntoClientRequest},
};

/// What signs the tokens of people and publishers.
pub const SECRET: &str = "a secret of thirty-two bytes, for sure";

/// An open socket.
pub type Socket = WebSocketStream<TcpStream>;

/// A folder that stands for a built site.
pub fn site(folder: &Path) -> PathBuf {
    let site = folder.join("site");
    fs::create_dir_all(site.join("pkg")).unwrap();
    for kind in ["js", "wasm", "css"] {
        fs::write(site.join("pkg").join(format!("belfry.{kind}")), "").unwrap();
    }
    site
}

/// A token with some claims.
pub fn token(claims: Value) -> String {
    let mut claims = claims;
    claims["exp"] = 4_000_000_000_u64.into();
    encode(&Header::default(), &claims, &EncodingKey::from_secret(SECRET.as_bytes())).unwrap()
}

/// Opens a person's socket and subscribes; it is live. `buffer` is what the system keeps for a reader, if
/// that is not to be its own choice.
pub async fn follow(address: &str, person: &str, query: &str, buffer: Option<u32>) -> Socket {
    try_follow(address, person, query, buffer).await.unwrap()
}

/// The same; none when it is refused.
pub async fn try_follow(address: &str, person: &str, query: &str, buffer: Option<u32>) -> Option<Socket> {
    let connection = TcpSocket::new_v4().unwrap();
    if let Some(bytes) = buffer {
        connection.set_recv_buffer_size(bytes).unwrap();
    }
    let stream = connection.connect(address.parse().unwrap()).await.ok()?;
    let mut request = format!("ws://{address}/graphql/ws").into_client_request().unwrap();
    request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse().unwrap());
    let (mut socket, _) = client_async(request, stream).await.ok()?;
    let bearer = format!("Bearer {}", token(json!({ "sub": person })));
    let init = json!({ "type": "connection_init", "payload": { "authorization": bearer } });
    socket.send(Message::text(init.to_string())).await.ok()?;
    socket.next().await?.ok()?;
    let subscribe = json!({ "type": "subscribe", "id": "1", "payload": { "query": query } });
    socket.send(Message::text(subscribe.to_string())).await.ok()?;
    // The first event is a reset: from here on the socket is live.
    let live = socket.next().await?.ok()?;
    live.is_text().then_some(socket)
}
