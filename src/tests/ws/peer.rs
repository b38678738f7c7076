//! A plain WebSocket client that says and hears JSON.

use std::net::SocketAddr;

use axum::http::{HeaderName, header::ORIGIN};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{
        Error, Message, client::IntoClientRequest, handshake::client::generate_key, http::HeaderValue,
        protocol::Role,
    },
};

use super::bench::{Bench, PATIENCE};
use crate::support::voice::origin;

pub struct Peer {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Peer {
    pub async fn connect(bench: &Bench) -> Self {
        Self::open(bench.address, None).await
    }

    /// Connects to a server, with one more header.
    pub async fn open(address: SocketAddr, header: Option<&(HeaderName, String)>) -> Self {
        Self::try_open(address, header).await.unwrap()
    }

    /// The same; an error when the upgrade is refused.
    pub async fn try_open(address: SocketAddr, header: Option<&(HeaderName, String)>) -> Result<Self, Error> {
        let mut request = format!("ws://{address}/graphql/ws").into_client_request().unwrap();
        let protocol = HeaderValue::from_static("graphql-transport-ws");
        request.headers_mut().insert("sec-websocket-protocol", protocol);
        if let Some((name, value)) = header {
            request.headers_mut().insert(name.clone(), value.parse().unwrap());
            request.headers_mut().insert(ORIGIN, origin(address).parse().unwrap());
        }
        let (socket, response) = connect_async(request).await?;
        assert_eq!(response.headers()["sec-websocket-protocol"], "graphql-transport-ws");
        Ok(Self { socket })
    }

    /// Connects with an offer of subprotocols that is no concern of the client's library, which would
    /// hang up where the server chooses none. Also gives the head of the server's answer.
    pub async fn offering(bench: &Bench, protocols: &str) -> (Self, String) {
        let mut stream = TcpStream::connect(bench.address).await.unwrap();
        let request = format!(
            "GET /graphql/ws HTTP/1.1\r\nHost: belfry\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {}\r\n{protocols}\r\n",
            generate_key(),
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.unwrap());
        }
        let stream = MaybeTlsStream::Plain(stream);
        let socket = WebSocketStream::from_raw_socket(stream, Role::Client, None).await;
        (Self { socket }, String::from_utf8(head).unwrap().to_lowercase())
    }

    /// Connects and is let in.
    pub async fn admitted(bench: &Bench) -> Self {
        Self::admitted_as(bench, "somebody").await
    }

    pub async fn admitted_as(bench: &Bench, who: &str) -> Self {
        let mut peer = Self::connect(bench).await;
        peer.init_as(who).await;
        assert_eq!(peer.hear().await["type"], "connection_ack");
        peer
    }

    pub async fn init_as(&mut self, who: &str) {
        self.say(json!({ "type": "connection_init", "payload": { "as": who } })).await;
    }

    pub async fn subscribe(&mut self, id: &str, query: &str) {
        self.say(json!({ "id": id, "type": "subscribe", "payload": { "query": query } })).await;
    }

    pub async fn complete(&mut self, id: &str) {
        self.say(json!({ "id": id, "type": "complete" })).await;
    }

    pub async fn say(&mut self, message: Value) {
        self.send(Message::text(message.to_string())).await;
    }

    pub async fn send(&mut self, message: Message) {
        self.socket.send(message).await.unwrap();
    }

    /// The next text frame.
    pub async fn hear(&mut self) -> Value {
        match self.next().await {
            Some(Ok(Message::Text(text))) => serde_json::from_str(&text).unwrap(),
            other => panic!("expected a text frame, heard {other:?}"),
        }
    }

    /// Reads on to a text frame whose member has this value.
    pub async fn hear_until(&mut self, member: &str, value: &str) {
        let heard = async { while self.hear().await[member] != value {} };
        timeout(PATIENCE, heard).await.unwrap();
    }

    /// The next frame, whatever it is.
    pub async fn next(&mut self) -> Option<Result<Message, Error>> {
        timeout(PATIENCE, self.socket.next()).await.unwrap()
    }

    /// A round trip: whatever the server had to say before is said.
    pub async fn settle(&mut self) {
        self.say(json!({ "type": "ping" })).await;
        assert_eq!(self.hear().await, json!({ "type": "pong" }));
    }

    /// Reads on, past any text, to the close frame, and answers it.
    pub async fn closed(&mut self) -> (u16, String) {
        loop {
            match self.next().await {
                Some(Ok(Message::Text(_))) => {}
                Some(Ok(Message::Close(Some(frame)))) => {
                    // The answer goes out with the flush, unless the server is gone already.
                    drop(self.socket.flush().await);
                    return (frame.code.into(), frame.reason.to_string());
                }
                other => panic!("expected a close frame, heard {other:?}"),
            }
        }
    }

    /// Sends what the server will not read to its end, and hears what it says to that.
    pub async fn closed_while_sending(self, message: Message) -> (u16, String) {
        let (mut mouth, mut ears) = self.socket.split();
        let talking = tokio::spawn(async move { mouth.send(message).await });
        let heard = timeout(PATIENCE, ears.next()).await.unwrap();
        talking.abort();
        match heard {
            Some(Ok(Message::Close(Some(frame)))) => (frame.code.into(), frame.reason.to_string()),
            other => panic!("expected a close frame, heard {other:?}"),
        }
    }

    /// Nothing but the end of the connection follows, without a close frame.
    pub async fn dropped(&mut self) {
        loop {
            match self.next().await {
                Some(Ok(Message::Text(_))) => {}
                Some(Ok(other)) => panic!("expected the connection's end, heard {other:?}"),
                Some(Err(_)) | None => return,
            }
        }
    }
}

/// The close frame of a rule.
pub fn reason(code: u16, text: &str) -> (u16, String) {
    (code, text.to_owned())
}
