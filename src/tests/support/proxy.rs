//! A way to a server that can be cut or blocked, and opened again.

use std::{io, net::SocketAddr};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};

/// How things stand on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    Open,
    /// What is on it stays there.
    Blocked,
    /// Connections break, and new ones too.
    Cut,
}

/// A way to one server. It ends with this value.
pub struct Proxy {
    pub address: SocketAddr,
    way: watch::Sender<Way>,
    task: JoinHandle<()>,
}

impl Proxy {
    /// Opens a way to a server, `host:port`.
    pub async fn to(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let way = watch::Sender::new(Way::Open);
        let (server, watched) = (server.to_owned(), way.subscribe());
        let task = tokio::spawn(async move {
            while let Ok((here, _)) = listener.accept().await {
                tokio::spawn(connection(here, server.clone(), watched.clone()));
            }
        });
        Self { address, way, task }
    }

    pub fn set(&self, way: Way) {
        self.way.send_replace(way);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn connection(here: TcpStream, server: String, mut way: watch::Receiver<Way>) {
    let watched = way.clone();
    let carried = async {
        let there = TcpStream::connect(server).await?;
        let ((from_here, to_here), (from_there, to_there)) = (here.into_split(), there.into_split());
        tokio::try_join!(carry(from_here, to_there, watched.clone()), carry(from_there, to_here, watched))
    };
    tokio::select! {
        biased;
        _ = way.wait_for(|way| *way == Way::Cut) => {}
        _ = carried => {}
    }
}

async fn carry(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut way: watch::Receiver<Way>,
) -> io::Result<()> {
    let mut bytes = [0; 16 * 1024];
    loop {
        let count = from.read(&mut bytes).await?;
        if count == 0 {
            return to.shutdown().await;
        }
        let _ = way.wait_for(|way| *way == Way::Open).await;
        to.write_all(&bytes[..count]).await?;
    }
}
