//! Readers that take nothing of what they are told.

use belfry::{domain::Revision, live::message::SUBPROTOCOL};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use socket2::SockRef;
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Message, client::IntoClientRequest},
};

use crate::support::app::{in_seconds, token};

const SUBSCRIBE: &str = "subscription { inboxChanged { __typename \
    ... on AlertChanged { alert { id title body } revision position unreadCount } \
    ... on InboxReset { revision position unreadCount } } }";

/// What the system keeps for a reader, in bytes: with more it would take long until a node notices anything.
const BUFFER: u32 = 4_096;

/// What a segment is to a reader that stalls, in bytes. A node's system keeps for a socket so many segments:
/// of small ones that is some 50 kB, and of those that it would choose on one machine it is megabytes.
const SEGMENT: u32 = 536;

/// A socket that follows a person's inbox. Nothing is read of it by itself.
pub struct Reader {
    socket: WebSocketStream<TcpStream>,
}

impl Reader {
    /// Opens it; it is live.
    pub async fn open(address: &str, user: &str) -> Self {
        let connection = TcpSocket::new_v4().unwrap();
        connection.set_recv_buffer_size(BUFFER).unwrap();
        SockRef::from(&connection).set_tcp_mss(SEGMENT).unwrap();
        let connection = connection.connect(address.parse().unwrap()).await.unwrap();
        let mut request = format!("ws://{address}/graphql/ws").into_client_request().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", SUBPROTOCOL.parse().unwrap());
        let (socket, _) = client_async(request, connection).await.unwrap();
        let mut reader = Self { socket };
        let bearer = format!("Bearer {}", token(&json!({ "sub": user, "exp": in_seconds(3600) })));
        reader.say(json!({ "type": "connection_init", "payload": { "authorization": bearer } })).await;
        assert_eq!(reader.hear().await.unwrap()["type"], "connection_ack");
        reader.say(json!({ "id": "1", "type": "subscribe", "payload": { "query": SUBSCRIBE } })).await;
        // A reset: from here on the socket is live.
        reader.revision().await.unwrap();
        reader
    }

    async fn say(&mut self, message: Value) {
        self.socket.send(Message::text(message.to_string())).await.unwrap();
    }

    /// The next message; none when the socket was closed.
    async fn hear(&mut self) -> Option<Value> {
        match self.socket.next().await {
            Some(Ok(Message::Text(text))) => Some(serde_json::from_str(&text).unwrap()),
            _ => None,
        }
    }

    /// Reads up what had been written to it when it was closed; how many changes that was.
    pub async fn read_up(mut self) -> usize {
        let mut count = 0;
        while self.revision().await.is_some() {
            count += 1;
        }
        count
    }

    /// The next revision that it is told; none when the socket was closed.
    async fn revision(&mut self) -> Option<Revision> {
        loop {
            let message = self.hear().await?;
            if message["type"] == "ping" {
                // One that was given up is not heard any more.
                let _ = self.socket.send(Message::text(r#"{"type":"pong"}"#)).await;
                continue;
            }
            let revision = message["payload"]["data"]["inboxChanged"]["revision"].as_u64();
            return Some(revision.unwrap_or_else(|| panic!("{message}")).try_into().unwrap());
        }
    }
}
