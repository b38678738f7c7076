//! The one WebSocket of a connection, and who reads it.

use std::{
    future::poll_fn,
    rc::Weak,
    task::{Context, Poll, ready},
};

use futures_util::{SinkExt, StreamExt};
use gloo_net::websocket::{Message, State, WebSocketError, futures::WebSocket};

use super::{Hands, Input, tell};
use crate::live::message::SUBPROTOCOL;

/// A WebSocket from its first step on.
pub(super) struct Wire {
    socket: WebSocket,
    open: bool,
}

/// What a wire tells.
enum Event {
    Opened,
    Message(Message),
    Closed(u16),
}

impl Wire {
    /// None where the browser does not even try: a forbidden port, a policy of the page.
    pub(super) fn open(url: &str) -> Option<Self> {
        let socket = WebSocket::open_with_protocol(url, SUBPROTOCOL).ok()?;
        Some(Self { socket, open: false })
    }

    /// What cannot be sent is followed by a close, which tells all there is to tell.
    pub(super) fn send(&mut self, text: String) {
        let _ = self.socket.start_send_unpin(Message::Text(text));
    }

    /// Fails only for codes and reasons that a session does not give.
    pub(super) fn close(self, code: u16, reason: &str) {
        let _ = self.socket.close(Some(code), Some(reason));
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Event>> {
        // A sink is ready once the socket is no longer connecting: open, or closed already.
        if !self.open && self.socket.poll_ready_unpin(cx).is_ready() {
            self.open = matches!(self.socket.state(), State::Open);
            if self.open {
                return Poll::Ready(Some(Event::Opened));
            }
        }
        loop {
            match ready!(self.socket.poll_next_unpin(cx)) {
                Some(Ok(message)) => return Poll::Ready(Some(Event::Message(message))),
                Some(Err(WebSocketError::ConnectionClose(event))) => {
                    return Poll::Ready(Some(Event::Closed(event.code)));
                }
                // An error says nothing by itself: the close that follows has the code.
                Some(Err(_)) => {}
                None => return Poll::Ready(None),
            }
        }
    }
}

/// Tells the session what the wire of a number says, until it ends or another takes its place.
pub(super) async fn read(hands: Weak<Hands>, number: u32) {
    while let Some(event) = poll_fn(|cx| poll(&hands, number, cx)).await {
        match event {
            Event::Opened => tell(&hands, Input::Opened { credentials: None }),
            Event::Message(Message::Text(text)) => tell(&hands, Input::Text(&text)),
            Event::Message(Message::Bytes(_)) => tell(&hands, Input::Binary),
            Event::Closed(code) => tell(&hands, Input::Closed { code }),
        }
    }
}

fn poll(hands: &Weak<Hands>, number: u32, cx: &mut Context<'_>) -> Poll<Option<Event>> {
    let Some(hands) = hands.upgrade().filter(|hands| hands.wires.get() == number) else {
        return Poll::Ready(None);
    };
    let mut wire = hands.wire.borrow_mut();
    wire.as_mut().map_or(Poll::Ready(None), |wire| wire.poll(cx))
}
