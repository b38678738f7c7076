//! Readers that take little, or nothing, of what they are told.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use belfry::{domain::Revision, live::message::SUBPROTOCOL};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use socket2::SockRef;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, copy, duplex, split},
    net::{TcpSocket, TcpStream},
    time::{MissedTickBehavior, interval},
};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Message, client::IntoClientRequest},
};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};

use crate::support::app::{in_seconds, token};

const SUBSCRIBE: &str = "subscription { inboxChanged { __typename \
    ... on AlertChanged { alert { id title body } revision position unreadCount } \
    ... on InboxReset { revision position unreadCount } } }";

/// What the system keeps for a reader, in bytes: with more it would take long until a node notices anything.
const BUFFER: u32 = 4_096;

/// So many bytes get through a thin line at once, ten times a second.
const PORTION: usize = 100;

/// A socket that follows a person's inbox. Nothing is read of it by itself.
pub struct Reader<S> {
    socket: WebSocketStream<S>,
}

/// What a segment is to a reader that stalls, in bytes. A node's system keeps for a socket so many segments:
/// of small ones that is some 50 kB, and of those that it would choose on one machine it is megabytes.
const SEGMENT: u32 = 536;

/// What is to become a connection to a node.
fn connection() -> TcpSocket {
    let connection = TcpSocket::new_v4().unwrap();
    connection.set_recv_buffer_size(BUFFER).unwrap();
    connection
}

impl Reader<TcpStream> {
    /// Opens it; it is live.
    pub async fn open(address: &str, user: &str) -> Self {
        let connection = connection();
        SockRef::from(&connection).set_tcp_mss(SEGMENT).unwrap();
        let connection = connection.connect(address.parse().unwrap()).await.unwrap();
        Self::over(connection, address, user).await.0
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Reader<S> {
    /// The same over a connection; also where the inbox stands.
    async fn over(connection: S, address: &str, user: &str) -> (Self, Revision) {
        let mut request = format!("ws://{address}/graphql/ws").into_client_request().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", SUBPROTOCOL.parse().unwrap());
        let (socket, _) = client_async(request, connection).await.unwrap();
        let mut reader = Self { socket };
        let bearer = format!("Bearer {}", token(&json!({ "sub": user, "exp": in_seconds(3600) })));
        reader.say(json!({ "type": "connection_init", "payload": { "authorization": bearer } })).await;
        assert_eq!(reader.hear().await, Some(json!({ "type": "connection_ack" })));
        reader.say(json!({ "id": "1", "type": "subscribe", "payload": { "query": SUBSCRIBE } })).await;
        // A reset: from here on the socket is live.
        let revision = reader.revision().await.unwrap();
        (reader, revision)
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

/// Somebody who reads a kilobyte a second.
pub struct Slow {
    heard: Arc<Mutex<Vec<Revision>>>,
    free: CancellationToken,
    _reading: AbortOnDropHandle<()>,
}

impl Slow {
    /// Opens a socket and begins to read.
    pub async fn open(address: &str, user: &str) -> Self {
        let free = CancellationToken::new();
        let server = connection().connect(address.parse().unwrap()).await.unwrap();
        let line = line(server, free.clone());
        let (mut reader, stands) = Reader::over(line, address, user).await;
        let heard = Arc::new(Mutex::new(vec![stands]));
        let told = heard.clone();
        let reading = tokio::spawn(async move {
            while let Some(revision) = reader.revision().await {
                told.lock().unwrap().push(revision);
            }
        });
        Self { heard, free, _reading: AbortOnDropHandle::new(reading) }
    }

    /// Where its inbox stood at first, and every revision that it was told.
    pub fn heard(&self) -> Vec<Revision> {
        self.heard.lock().unwrap().clone()
    }

    /// Lets it read as fast as it can.
    pub fn hurry(&self) {
        self.free.cancel();
    }
}

/// A line to a server by which a kilobyte a second comes from there, until it is freed.
fn line(server: TcpStream, free: CancellationToken) -> DuplexStream {
    let (reader, here) = duplex(PORTION);
    let (mut from_server, mut to_server) = server.into_split();
    let (mut from_reader, mut to_reader) = split(here);
    tokio::spawn(async move { copy(&mut from_reader, &mut to_server).await });
    tokio::spawn(async move {
        let (mut portion, mut ticks) = ([0; PORTION], interval(Duration::from_millis(100)));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while let Ok(count @ 1..) = from_server.read(&mut portion).await {
            tokio::select! {
                () = free.cancelled() => {}
                _ = ticks.tick() => {}
            }
            if to_reader.write_all(&portion[..count]).await.is_err() {
                break;
            }
        }
    });
    reader
}
