//! A person's socket that follows their inbox.

use std::{
    fs,
    path::{Path, PathBuf},
};

use futures_util::{SinkExt, StreamExt};
use jsonwebtoken::{EncodingKey, Header, encode};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Message, client::IntoClientRequest},
};

/// What signs the tokens of people.
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
fn token(claims: Value) -> String {
    let mut claims = claims;
    claims["exp"] = 4_000_000_000_u64.into();
    encode(&Header::default(), &claims, &EncodingKey::from_secret(SECRET.as_bytes())).unwrap()
}

/// Opens a person's socket and subscribes; it is live.
pub async fn follow(address: &str, person: &str, query: &str) -> Socket {
    let stream = TcpStream::connect(address).await.unwrap();
    let mut request = format!("ws://{address}/graphql/ws").into_client_request().unwrap();
    request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse().unwrap());
    let (mut socket, _) = client_async(request, stream).await.unwrap();
    let bearer = format!("Bearer {}", token(json!({ "sub": person })));
    let init = json!({ "type": "connection_init", "payload": { "authorization": bearer } });
    socket.send(Message::text(init.to_string())).await.unwrap();
    socket.next().await.unwrap().unwrap();
    let subscribe = json!({ "type": "subscribe", "id": "1", "payload": { "query": query } });
    socket.send(Message::text(subscribe.to_string())).await.unwrap();
    // The first event is a reset: from here on the socket is live.
    assert!(socket.next().await.unwrap().unwrap().is_text());
    socket
}
