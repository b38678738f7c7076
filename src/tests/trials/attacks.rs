//! What somebody does who wants a node to be there for nobody: without a name, from one address, and with one,
//! from another.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use belfry::live::message::{self, SUBPROTOCOL};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    time::sleep,
};
use tokio_util::task::AbortOnDropHandle;

use crate::ws::raw::{CONTINUATION, PING, TEXT, frame, head};

/// Where the one comes from who has no name.
const NOBODY: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
/// Where the person does.
const PERSON: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 3);

const CHANGES: &str = "subscription { inboxChanged { __typename } }";

/// One way to be a nuisance.
#[derive(Clone, Copy, Debug)]
pub enum Attack {
    /// Sockets that say nothing.
    Silence,
    /// Heads of requests that never end.
    EndlessHead,
    /// 10,000 subscriptions on one socket.
    Subscriptions,
    /// A message of a gigabyte.
    GiantFrame,
    /// A message in pieces of one byte, with pings between.
    TinyFrames,
    /// A document with thousands of aliases, as a request.
    AliasesByRequest,
    /// The same on a socket.
    AliasesBySocket,
}

impl Attack {
    const ALL: [Self; 7] = [
        Self::Silence,
        Self::EndlessHead,
        Self::Subscriptions,
        Self::GiantFrame,
        Self::TinyFrames,
        Self::AliasesByRequest,
        Self::AliasesBySocket,
    ];

    /// How many do it at once, and how long each waits before it does so again: the machine is not theirs alone.
    fn crowd(self) -> (usize, Duration) {
        match self {
            Self::Silence => (1_000, Duration::from_secs(1)),
            Self::EndlessHead => (500, Duration::from_secs(1)),
            _ => (4, Duration::from_millis(20)),
        }
    }

    /// Gets as far as the server lets it.
    async fn get_in(self, node: SocketAddr, token: &str) -> io::Result<TcpStream> {
        match self {
            Self::Silence => upgraded(node, NOBODY, None).await,
            Self::EndlessHead => connected(node, NOBODY).await,
            Self::AliasesByRequest => connected(node, PERSON).await,
            _ => upgraded(node, PERSON, Some(token)).await,
        }
    }

    /// Does it once, until the server has had enough of it.
    async fn happen(self, mut stream: TcpStream, token: &str, prepared: &[u8]) -> io::Result<()> {
        match self {
            Self::Silence => gone(stream).await,
            Self::EndlessHead => {
                stream.write_all(b"GET / HTTP/1.1\r\nhost: belfry\r\n").await?;
                while stream.write_all(b"a: b\r\n").await.is_ok() {
                    sleep(Duration::from_secs(1)).await;
                }
            }
            Self::AliasesByRequest => {
                let head = format!(
                    "POST /graphql HTTP/1.1\r\nhost: belfry\r\nauthorization: Bearer {token}\r\n\
                     content-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
                    prepared.len()
                );
                stream.write_all(head.as_bytes()).await?;
                stream.write_all(prepared).await?;
                gone(stream).await;
            }
            _ => {
                stream.write_all(&frame(TEXT | 0x80, b"{\"type\":\"connection_init\"}")).await?;
                let (hearing, mut saying) = stream.into_split();
                // What it is answered is taken, or it would be a slow reader at most.
                let (_, said) = tokio::join!(gone(hearing), saying.write_all(prepared));
                said?;
            }
        }
        Ok(())
    }

    /// What is sent after all is said that lets one in.
    fn prepared(self) -> Vec<u8> {
        let subscribe = |number: usize, query: &str| {
            frame(TEXT | 0x80, message::subscribe(&number.to_string(), query, "{}").as_bytes())
        };
        let aliases = |count: usize| {
            let aliases = (0..count).map(|number| format!("a{number}:viewer{{id}} "));
            format!("{{ {}}}", aliases.collect::<String>())
        };
        match self {
            Self::Silence | Self::EndlessHead => Vec::new(),
            Self::Subscriptions => (0..10_000).flat_map(|number| subscribe(number, CHANGES)).collect(),
            Self::GiantFrame => [head(TEXT | 0x80, 1 << 30), vec![b'a'; 1 << 20]].concat(),
            Self::TinyFrames => {
                let more = [frame(CONTINUATION, b"a"), frame(PING, b"")].concat();
                [frame(TEXT, b"a"), more.repeat(100_000)].concat()
            }
            Self::AliasesByRequest => format!("{{\"query\":\"{}\"}}", aliases(5_000)).into_bytes(),
            Self::AliasesBySocket => subscribe(0, &aliases(2_500)).repeat(20),
        }
    }
}

/// All of that at once, until this value goes.
pub struct Flood {
    done: Vec<(Attack, Arc<AtomicUsize>)>,
    _doing: Vec<AbortOnDropHandle<()>>,
}

impl Flood {
    /// Begins; the person shows a token.
    pub fn begin(node: SocketAddr, token: &str) -> Self {
        let (mut done, mut doing) = (Vec::new(), Vec::new());
        for attack in Attack::ALL {
            let (count, pause) = attack.crowd();
            let (times, prepared) = (Arc::new(AtomicUsize::new(0)), Arc::new(attack.prepared()));
            for _ in 0..count {
                let (times, prepared, token) = (times.clone(), prepared.clone(), token.to_owned());
                let attacker = async move {
                    loop {
                        if let Ok(stream) = attack.get_in(node, &token).await {
                            times.fetch_add(1, Ordering::Relaxed);
                            // That the server ends it, in whatever way, is what it comes to.
                            let _ = attack.happen(stream, &token, &prepared).await;
                        }
                        sleep(pause).await;
                    }
                };
                doing.push(AbortOnDropHandle::new(tokio::spawn(attacker)));
            }
            done.push((attack, times));
        }
        Self { done, _doing: doing }
    }

    /// How often each got in.
    pub fn done(&self) -> Vec<(Attack, usize)> {
        self.done.iter().map(|(attack, times)| (*attack, times.load(Ordering::Relaxed))).collect()
    }
}

async fn connected(node: SocketAddr, from: Ipv4Addr) -> io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind((IpAddr::from(from), 0).into())?;
    // Its ports are free again at once.
    socket.set_zero_linger()?;
    socket.connect(node).await
}

async fn upgraded(node: SocketAddr, from: Ipv4Addr, token: Option<&str>) -> io::Result<TcpStream> {
    let mut stream = connected(node, from).await?;
    let shown = token.map(|token| format!("authorization: Bearer {token}\r\n")).unwrap_or_default();
    let request = format!(
        "GET /graphql/ws HTTP/1.1\r\nhost: belfry\r\nupgrade: websocket\r\nconnection: upgrade\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
         sec-websocket-protocol: {SUBPROTOCOL}\r\n{shown}\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        answer.push(stream.read_u8().await?);
    }
    let upgraded = answer.starts_with(b"HTTP/1.1 101 ");
    upgraded.then_some(stream).ok_or_else(|| io::ErrorKind::ConnectionRefused.into())
}

/// Reads on to the end.
async fn gone(mut stream: impl AsyncReadExt + Unpin) {
    let mut heard = vec![0; 64 * 1024];
    while stream.read(&mut heard).await.is_ok_and(|count| count > 0) {}
}
