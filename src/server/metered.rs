//! The bytes that come over a connection, counted from its upgrade to a socket on. The frames of a socket that hold
//! nothing, and the pieces of a message, are seen by nobody else; each costs time.

use std::{
    io,
    pin::Pin,
    sync::{Arc, OnceLock},
    task::{Context, Poll, ready},
    time::Instant,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

use super::graphql::ws::Flow;

/// Says when the bytes of a connection begin to count.
#[derive(Clone, Debug, Default)]
pub struct Meter(Arc<OnceLock<u32>>);

impl Meter {
    /// From now on, and no more than so many a second.
    pub fn begin(&self, most: u32) {
        // A connection is upgraded once.
        let _ = self.0.set(most);
    }
}

/// A connection.
pub struct Metered {
    stream: TcpStream,
    meter: Meter,
    flow: Option<Flow>,
}

impl Metered {
    /// Counts nothing until its meter says so.
    pub fn new(stream: TcpStream, meter: Meter) -> Self {
        Self { stream, meter, flow: None }
    }

    fn fits(&mut self, bytes: usize) -> bool {
        let Some(most) = self.meter.0.get() else { return true };
        let now = Instant::now();
        self.flow.get_or_insert_with(|| Flow::new(Some(*most), now)).take(bytes, now)
    }
}

impl AsyncRead for Metered {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buffer))?;
        let fits = self.fits(buffer.filled().len() - before);
        let too_much = || io::Error::new(io::ErrorKind::QuotaExceeded, "more bytes than one socket may send");
        Poll::Ready(fits.then_some(()).ok_or_else(too_much))
    }
}

impl AsyncWrite for Metered {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
