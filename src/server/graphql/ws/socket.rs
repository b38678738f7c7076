//! The loop that drives the protocol's core over a WebSocket: one task per socket, one timer, and
//! nothing that waits without a bound.
//!
//! What is ready is handled in batches and flushed once. While the peer does not take what was written,
//! nothing more is read from it or from the operations; what ends a socket gets through all the same.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::{
    Error,
    extract::ws::{Message, Utf8Bytes, WebSocket},
};
use futures_util::{FutureExt, Sink, SinkExt, StreamExt, future, future::BoxFuture, stream::BoxStream};
use tokio::{
    sync::watch,
    time::{Sleep, sleep_until},
};

use super::{
    Limits,
    bulletin::{self, Bulletin},
    core::{Action, Core},
    deadlines::now,
    end::End,
    flow::length,
    host::{Admitted, Host, Operation, Refused, Step},
    operations::Operations,
};
use crate::server::metrics::{Counted, Metrics};

/// Events handled before a flush, and before other tasks get their turn.
const BATCH: usize = 64;

/// Within what time all sockets are told whether changes arrive.
const TELLING: Duration = Duration::from_secs(1);

/// What can happen to a socket.
enum Event<C> {
    Urgent(Urgent),
    Verdict(Result<Admitted<C>, Refused>),
    Frame(Option<Result<Message, Error>>),
    Step(Arc<str>, Option<Step>),
}

/// What is heard even while a write is blocked.
#[derive(Clone, Copy)]
enum Urgent {
    Bulletin(Bulletin),
    RightEnded,
    Alarm,
}

/// A way to get on with writing: [`Sink::poll_ready`] or [`Sink::poll_flush`].
type Write = fn(Pin<&mut WebSocket>, &mut Context<'_>) -> Poll<Result<(), Error>>;

/// A place events come from.
type Source<S, C> = fn(&mut S, &mut Context<'_>) -> Poll<Event<C>>;

struct Connection<H: Host> {
    host: H,
    socket: WebSocket,
    core: Core,
    metrics: Arc<Metrics>,
    operations: Operations,
    caller: Option<H::Caller>,
    admission: Option<BoxFuture<'static, Result<Admitted<H::Caller>, Refused>>>,
    right_ended: BoxFuture<'static, ()>,
    bulletins: BoxStream<'static, Bulletin>,
    /// Never later than the core's deadline; when it is earlier, it rings for nothing and is set again.
    alarm: Pin<Box<Sleep>>,
    /// Whether the peer or the operations are asked first: they take turns.
    peer_first: bool,
}

/// Serves one socket to its end.
pub(super) async fn serve<H: Host>(
    socket: WebSocket,
    host: H,
    limits: Arc<Limits>,
    metrics: Arc<Metrics>,
    bulletin: watch::Receiver<Bulletin>,
) {
    let patience = limits.close;
    let mut core = Core::new(limits, now());
    core.set_live(bulletin.borrow().live, now());
    let alarm = Box::pin(sleep_until(core.deadline().into()));
    let mut connection = Connection {
        host,
        socket,
        core,
        metrics,
        operations: Operations::default(),
        caller: None,
        admission: None,
        right_ended: future::pending().boxed(),
        bulletins: bulletin::following(bulletin),
        alarm,
        peer_first: false,
    };
    let end = connection.run().await;
    // Whatever ran for this caller is dropped before the peer is waited for.
    let socket = connection.into_socket();
    end.carry_out(socket, patience).await;
}

impl<H: Host> Connection<H> {
    async fn run(&mut self) -> End {
        loop {
            if let Err(end) = self.batch().await {
                return end;
            }
        }
    }

    fn into_socket(self) -> WebSocket {
        self.socket
    }

    /// Waits for an event, handles what else is ready, and flushes.
    async fn batch(&mut self) -> Result<(), End> {
        let event = future::poll_fn(|cx| self.poll_event(cx)).await;
        self.handle(event).await?;
        for _ in 1..BATCH {
            match future::poll_fn(|cx| self.poll_event(cx)).now_or_never() {
                Some(event) => self.handle(event).await?,
                None => return self.written(Sink::poll_flush).await,
            }
        }
        self.written(Sink::poll_flush).await?;
        tokio::task::yield_now().await;
        Ok(())
    }

    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Event<H::Caller>> {
        if let Poll::Ready(urgent) = self.poll_urgent(cx) {
            return Poll::Ready(Event::Urgent(urgent));
        }
        if let Some(Poll::Ready(verdict)) = self.admission.as_mut().map(|admission| admission.poll_unpin(cx))
        {
            self.admission = None;
            return Poll::Ready(Event::Verdict(verdict));
        }
        self.peer_first = !self.peer_first;
        let mut turns: [Source<Self, H::Caller>; 2] = [Self::poll_operations, Self::poll_peer];
        if self.peer_first {
            turns.reverse();
        }
        turns.into_iter().map(|poll| poll(self, cx)).find(Poll::is_ready).unwrap_or(Poll::Pending)
    }

    fn poll_urgent(&mut self, cx: &mut Context<'_>) -> Poll<Urgent> {
        if let Poll::Ready(Some(bulletin)) = self.bulletins.poll_next_unpin(cx) {
            return Poll::Ready(Urgent::Bulletin(bulletin));
        }
        if self.right_ended.poll_unpin(cx).is_ready() {
            return Poll::Ready(Urgent::RightEnded);
        }
        self.alarm.poll_unpin(cx).map(|()| Urgent::Alarm)
    }

    fn poll_peer(&mut self, cx: &mut Context<'_>) -> Poll<Event<H::Caller>> {
        self.socket.poll_next_unpin(cx).map(Event::Frame)
    }

    fn poll_operations(&mut self, cx: &mut Context<'_>) -> Poll<Event<H::Caller>> {
        self.operations.poll_step(cx).map(|(id, step)| Event::Step(id, step))
    }

    async fn handle(&mut self, event: Event<H::Caller>) -> Result<(), End> {
        let action = match event {
            Event::Urgent(urgent) => self.urgent(urgent),
            Event::Verdict(Ok(admitted)) => Some(self.admitted(admitted)),
            Event::Verdict(Err(refused)) => Some(self.core.refused(&refused)),
            Event::Frame(frame) => self.frame(frame)?,
            Event::Step(id, step) => Some(self.core.step(&id, step, now())),
        };
        if let Some(action) = action {
            self.perform(action).await?;
        }
        self.wind();
        Ok(())
    }

    fn urgent(&mut self, urgent: Urgent) -> Option<Action> {
        match urgent {
            Urgent::Bulletin(bulletin) => self.take_in(bulletin),
            Urgent::RightEnded => Some(self.core.right_ended()),
            Urgent::Alarm => {
                let action = self.core.due(now());
                self.set_alarm();
                action
            }
        }
    }

    /// What follows from it follows at a moment of each socket's own.
    fn take_in(&mut self, bulletin: Bulletin) -> Option<Action> {
        let within = |span: Duration| now() + span.mul_f64(rand::random());
        if let Some(span) = bulletin.leave_within {
            self.core.leave(within(span));
        }
        self.core.set_live(bulletin.live, within(TELLING));
        None
    }

    fn admitted(&mut self, admitted: Admitted<H::Caller>) -> Action {
        self.caller = Some(admitted.caller);
        self.right_ended = admitted.ended;
        self.core.admitted(admitted.ends_at, admitted.lasts, now())
    }

    fn frame(&mut self, frame: Option<Result<Message, Error>>) -> Result<Option<Action>, End> {
        let now = now();
        let bytes = frame.as_ref().and_then(|frame| frame.as_ref().ok()).map_or(0, length);
        if let Some(too_much) = self.core.heard(bytes, now) {
            return Ok(Some(too_much));
        }
        match frame {
            Some(Ok(Message::Text(text))) => Ok(self.core.text(&text, now)),
            Some(Ok(Message::Binary(_))) => Ok(Some(self.core.binary())),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(None),
            Some(Ok(Message::Close(_))) | None => Err(End::Gone),
            Some(Err(error)) => Err(End::unreadable(error)),
        }
    }

    async fn perform(&mut self, action: Action) -> Result<(), End> {
        match action {
            Action::Send(text) => self.send(text).await?,
            Action::Admit(payload) => {
                let host = self.host.clone();
                self.admission = Some(async move { host.admit(payload).await }.boxed());
            }
            Action::Start(id, request) => {
                if let Some(caller) = &self.caller {
                    let counted = Counted::by(&self.metrics.sockets.operations);
                    let Operation { steps, lasts } = self.host.operation(caller, request);
                    if lasts {
                        self.core.lasts(&id);
                    }
                    self.operations.start(id, steps, counted);
                }
            }
            Action::Stop(id) => self.operations.stop(&id),
            Action::Close(frame) => return Err(End::Close(frame)),
            Action::Drop => return Err(End::Gone),
        }
        Ok(())
    }

    async fn send(&mut self, text: Utf8Bytes) -> Result<(), End> {
        self.written(Sink::poll_ready).await?;
        self.socket.start_send_unpin(Message::Text(text)).map_err(|_| End::Gone)?;
        self.metrics.sockets.frames.inc();
        Ok(())
    }

    /// Waits until the peer has taken enough, or until the socket has to end.
    async fn written(&mut self, write: Write) -> Result<(), End> {
        future::poll_fn(|cx| match write(Pin::new(&mut self.socket), cx) {
            Poll::Ready(done) => {
                self.core.unblocked(now());
                Poll::Ready(done.map_err(|_| End::Gone))
            }
            Poll::Pending => self.poll_blocked(cx).map(Err),
        })
        .await
    }

    fn poll_blocked(&mut self, cx: &mut Context<'_>) -> Poll<End> {
        self.core.blocked(now());
        loop {
            self.wind();
            let urgent = ready!(self.poll_urgent(cx));
            match self.urgent(urgent) {
                Some(Action::Close(frame)) => return Poll::Ready(End::Close(frame)),
                Some(Action::Drop) => return Poll::Ready(End::Gone),
                _ => {}
            }
        }
    }

    /// Brings the alarm forward if the core wants it earlier. Most events only put deadlines off, and
    /// leave the timer alone.
    fn wind(&mut self) {
        if self.core.deadline() < self.alarm.deadline().into_std() {
            self.set_alarm();
        }
    }

    fn set_alarm(&mut self) {
        self.alarm.as_mut().reset(self.core.deadline().into());
    }
}
