//! A socket of the client's, as its session orders and hears it.

use std::{future::pending, pin::Pin, time::Duration};

use belfry::live::message::SUBPROTOCOL;
use futures_util::{SinkExt, StreamExt};
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, Utf8Bytes, client::IntoClientRequest, protocol::CloseFrame},
};

type Stream = WebSocketStream<MaybeTlsStream<TcpStream>>;

pub enum Wire {
    None,
    Opening(Pin<Box<dyn Future<Output = Option<Stream>> + Send>>),
    Open(Box<Stream>),
}

/// What a wire says.
pub enum Signal {
    Opened,
    Text(Utf8Bytes),
    Binary,
    Closed(u16),
}

impl Wire {
    pub fn open(url: String, cookie: Option<String>) -> Self {
        Self::Opening(Box::pin(async move {
            let origin = url.replacen("ws", "http", 1).replace("/graphql/ws", "");
            let mut request = url.into_client_request().ok()?;
            request.headers_mut().insert("sec-websocket-protocol", SUBPROTOCOL.parse().ok()?);
            if let Some(cookie) = cookie {
                request.headers_mut().insert("cookie", cookie.parse().ok()?);
                request.headers_mut().insert("origin", origin.parse().ok()?);
            }
            Some(connect_async(request).await.ok()?.0)
        }))
    }

    /// The next signal; nothing is lost when it is not waited for to the end.
    pub async fn signal(&mut self) -> Signal {
        let signal = match self {
            Self::None => pending().await,
            Self::Opening(opening) => match opening.as_mut().await {
                Some(stream) => {
                    *self = Self::Open(Box::new(stream));
                    return Signal::Opened;
                }
                None => Signal::Closed(1006),
            },
            Self::Open(stream) => hear(stream).await,
        };
        if matches!(signal, Signal::Closed(_)) {
            *self = Self::None;
        }
        signal
    }

    /// What cannot be sent is followed by a close.
    pub async fn send(&mut self, text: String) {
        if let Self::Open(stream) = self {
            let _ = stream.send(Message::text(text)).await;
        }
    }

    /// Closes aside: a dead peer is not waited for.
    pub fn close(self, code: u16, reason: String) {
        if let Self::Open(mut stream) = self {
            tokio::spawn(timeout(Duration::from_secs(1), async move {
                let frame = CloseFrame { code: code.into(), reason: reason.into() };
                let _ = stream.send(Message::Close(Some(frame))).await;
                while let Some(Ok(_)) = stream.next().await {}
            }));
        }
    }
}

async fn hear(stream: &mut Stream) -> Signal {
    loop {
        match stream.next().await {
            Some(Ok(Message::Text(text))) => return Signal::Text(text),
            Some(Ok(Message::Binary(_))) => return Signal::Binary,
            Some(Ok(Message::Close(frame))) => {
                let _ = stream.flush().await;
                return Signal::Closed(frame.map_or(1005, |frame| frame.code.into()));
            }
            Some(Ok(_)) => {}
            Some(Err(_)) | None => return Signal::Closed(1006),
        }
    }
}
