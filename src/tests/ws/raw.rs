//! A peer without a library: it sends whatever bytes it is told to.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use super::bench::PATIENCE;

/// The bit of a frame that is the last of its message (RFC 6455, section 5.2).
pub const FIN: u8 = 0x80;
pub const CONTINUATION: u8 = 0;
pub const TEXT: u8 = 1;
pub const BINARY: u8 = 2;
pub const CLOSE: u8 = FIN | 8;
pub const PING: u8 = FIN | 9;
pub const PONG: u8 = FIN | 10;

/// The mask of every frame here.
const MASK: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// A connection that was upgraded.
pub struct Raw(TcpStream);

impl Raw {
    pub async fn upgraded(address: SocketAddr) -> Self {
        let headers = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
            Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n";
        let (raw, head) = Self::asking(address, "GET /graphql/ws HTTP/1.1", headers).await;
        assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
        raw
    }

    /// Sends the head of a request, and gives that of the answer.
    pub async fn asking(address: SocketAddr, line: &str, headers: &str) -> (Self, String) {
        let mut raw = Self(TcpStream::connect(address).await.unwrap());
        raw.send(format!("{line}\r\nHost: belfry\r\n{headers}\r\n").as_bytes()).await;
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(timeout(PATIENCE, raw.0.read_u8()).await.unwrap().unwrap());
        }
        (raw, String::from_utf8(head).unwrap())
    }

    pub async fn send(&mut self, bytes: &[u8]) {
        self.try_send(bytes).await.unwrap();
    }

    /// The same; an error when the server hears no more.
    pub async fn try_send(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        timeout(PATIENCE, self.0.write_all(bytes)).await.unwrap()
    }

    /// Says that nothing more will be sent.
    pub async fn finish(&mut self) -> std::io::Result<()> {
        self.0.shutdown().await
    }

    /// The next frame of the server: its first byte and its payload. None when there is no other.
    pub async fn hear(&mut self) -> Option<(u8, Vec<u8>)> {
        timeout(PATIENCE, self.read()).await.unwrap().ok()
    }

    async fn read(&mut self) -> std::io::Result<(u8, Vec<u8>)> {
        let (first, length) = (self.0.read_u8().await?, self.0.read_u8().await?);
        let length = match length {
            126 => u64::from(self.0.read_u16().await?),
            127 => self.0.read_u64().await?,
            short => u64::from(short),
        };
        let mut payload = vec![0; usize::try_from(length).unwrap()];
        self.0.read_exact(&mut payload).await?;
        Ok((first, payload))
    }

    /// Reads on to the end of the connection, whatever was said on it.
    pub async fn gone(&mut self) {
        while self.read().await.is_ok() {}
    }

    /// Reads on to the close frame: its code, 1005 when it has none (section 7.1.5).
    pub async fn closed(&mut self) -> u16 {
        loop {
            let (first, payload) = self.hear().await.unwrap();
            if first == CLOSE {
                return payload.first_chunk().map_or(1005, |code| u16::from_be_bytes(*code));
            }
        }
    }
}

/// A masked frame.
pub fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = head(first, payload.len() as u64);
    bytes.extend(payload.iter().zip(MASK.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    bytes
}

/// A masked frame up to its payload, of any claimed length in its shortest form.
pub fn head(first: u8, length: u64) -> Vec<u8> {
    let length = match (u8::try_from(length), u16::try_from(length)) {
        (Ok(short @ 0..126), _) => vec![FIN | short],
        (_, Ok(middle)) => [&[FIN | 126][..], &middle.to_be_bytes()].concat(),
        _ => [&[FIN | 127][..], &length.to_be_bytes()].concat(),
    };
    [&[first][..], &length, &MASK].concat()
}

/// A close frame's payload.
pub fn close(code: u16, reason: &[u8]) -> Vec<u8> {
    frame(CLOSE, &[&code.to_be_bytes()[..], reason].concat())
}
