//! A WebSocket of a connection, and who reads it.

use std::{
    future::poll_fn,
    rc::Weak,
    task::{Context, Poll, ready},
};

use futures_util::{SinkExt, StreamExt};
use gloo_net::websocket::{Message, State, WebSocketError, futures::WebSocket};

use super::{Hands, Input};
use crate::live::message::SUBPROTOCOL;

/// A WebSocket from its first step on.
pub(super) struct Wire {
    /// Whose it is in the session.
    pub(super) line: u32,
    /// Its own, which no other has.
    number: u32,
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
    pub(super) fn open(url: &str, line: u32, number: u32) -> Option<Self> {
        let socket = WebSocket::open_with_protocol(url, SUBPROTOCOL).ok()?;
        Some(Self { line, number, socket, open: false })
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

/// Tells the session what the wire of a number says, until it ends or is given up.
pub(super) async fn read(hands: Weak<Hands>, number: u32) {
    while let Some((line, event)) = poll_fn(|cx| poll(&hands, number, cx)).await {
        let Some(hands) = hands.upgrade() else { return };
        match event {
            Event::Opened => hands.hear(line, Input::Opened { credentials: None }),
            Event::Message(Message::Text(text)) => hands.hear(line, Input::Text(&text)),
            Event::Message(Message::Bytes(_)) => hands.hear(line, Input::Binary),
            Event::Closed(code) => hands.hear(line, Input::Closed { code }),
        }
    }
}

fn poll(hands: &Weak<Hands>, number: u32, cx: &mut Context<'_>) -> Poll<Option<(u32, Event)>> {
    let Some(hands) = hands.upgrade() else { return Poll::Ready(None) };
    let mut wires = hands.wires.borrow_mut();
    let Some(wire) = wires.iter_mut().find(|wire| wire.number == number) else { return Poll::Ready(None) };
    wire.poll(cx).map(|event| Some((wire.line, event?)))
}
