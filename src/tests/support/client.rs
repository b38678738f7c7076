//! The real client on a native socket: the same session as in the browser, with other hands.

use std::{future::pending, time::Duration};

use belfry::live::{
    message,
    session::{Action, Input, Order as Doing, Outcome, Renewing, Status},
};
use futures_util::future::select_all;
use tokio::{
    sync::mpsc,
    task::AbortHandle,
    time::{Instant, sleep_until, timeout},
};

use super::wire::{Signal, Wire};

/// What a client tells its owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// How it stands.
    Status(Status),
    /// What an operation said.
    Said(usize, Outcome),
}

/// A document, and its variables as JSON, anew at each subscription.
pub type Ask = Box<dyn FnMut() -> (&'static str, String) + Send>;

/// Takes what an operation says before anything else happens, as a page does.
pub type Heard = Box<dyn FnMut(&Outcome) + Send>;

/// Credentials, a JSON object, anew at each connection.
pub type Credentials = Box<dyn FnMut() -> String + Send>;

/// A client with a task of its own. It ends with this value.
pub struct Client {
    orders: mpsc::UnboundedSender<Order>,
    events: mpsc::UnboundedReceiver<Event>,
    task: AbortHandle,
}

/// What an owner tells its client.
enum Order {
    Input(Input<'static>),
    Subscribe(Ask, Heard),
    Skip(Duration),
    Drop,
}

impl Client {
    /// Connects to a URL.
    pub fn open(url: &str) -> Self {
        Self::showing(url, None)
    }

    /// The same, with credentials, a JSON object, to introduce itself with.
    pub fn showing(url: &str, credentials: Option<String>) -> Self {
        Self::with(url, credentials.map(|shown| Box::new(move || shown.clone()) as Credentials), None)
    }

    /// The same, with credentials that are asked for at each connection.
    pub fn renewing(url: &str, credentials: impl FnMut() -> String + Send + 'static) -> Self {
        Self::with(url, Some(Box::new(credentials)), None)
    }

    /// The same, with the cookie of a browser.
    pub fn with_cookie(url: &str, cookie: &str) -> Self {
        Self::with(url, None, Some(cookie.to_owned()))
    }

    fn with(url: &str, credentials: Option<Credentials>, cookie: Option<String>) -> Self {
        let (orders, taken) = mpsc::unbounded_channel();
        let (told, events) = mpsc::unbounded_channel();
        let hands = Hands {
            url: url.to_owned(),
            credentials,
            cookie,
            session: Renewing::new(rand::random),
            begin: Instant::now(),
            skipped: Duration::ZERO,
            wires: Vec::new(),
            asks: Vec::new(),
            told,
        };
        let client = Self { orders, events, task: tokio::spawn(hands.run(taken)).abort_handle() };
        client.input(Input::Wake);
        client
    }

    /// Wants an operation. Operations are numbered from 0 in the order they are wanted.
    pub fn subscribe(&self, ask: impl FnMut() -> (&'static str, String) + Send + 'static) {
        self.follow(ask, |_| {});
    }

    /// The same, with somebody who keeps account of what it says: where it is to go on from.
    pub fn follow(
        &self,
        ask: impl FnMut() -> (&'static str, String) + Send + 'static,
        heard: impl FnMut(&Outcome) + Send + 'static,
    ) {
        self.order(Order::Subscribe(Box::new(ask), Box::new(heard)));
    }

    /// Tells it what happens around it.
    pub fn input(&self, input: Input<'static>) {
        self.order(Order::Input(input));
    }

    /// Makes it later for the client, as a sleep of its machine would.
    pub fn skip(&self, time: Duration) {
        self.order(Order::Skip(time));
    }

    /// Takes its socket away, as a network does.
    pub fn drop_socket(&self) {
        self.order(Order::Drop);
    }

    /// What it tells next, whenever that is.
    pub async fn next(&mut self) -> Event {
        self.events.recv().await.unwrap()
    }

    /// What it tells next. Fails after ten seconds of nothing.
    pub async fn event(&mut self) -> Event {
        let event = timeout(Duration::from_secs(10), self.events.recv()).await;
        event.ok().flatten().unwrap_or_else(|| panic!("the client tells nothing"))
    }

    /// What an operation says next; statuses on the way are passed over.
    pub async fn outcome(&mut self) -> (usize, Outcome) {
        loop {
            if let Event::Said(operation, outcome) = self.event().await {
                return (operation, outcome);
            }
        }
    }

    fn order(&self, order: Order) {
        assert!(self.orders.send(order).is_ok(), "the client lives");
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Hands {
    url: String,
    credentials: Option<Credentials>,
    cookie: Option<String>,
    session: Renewing,
    begin: Instant,
    skipped: Duration,
    /// One for each line of the session that has a socket.
    wires: Vec<(u32, Wire)>,
    asks: Vec<(Ask, Heard)>,
    told: mpsc::UnboundedSender<Event>,
}

impl Hands {
    async fn run(mut self, mut orders: mpsc::UnboundedReceiver<Order>) {
        loop {
            let wake_at = self.session.wake_at().map(|at| self.begin + at.saturating_sub(self.skipped));
            let tick = async {
                match wake_at {
                    Some(at) => sleep_until(at).await,
                    None => pending().await,
                }
            };
            tokio::select! {
                // What is due comes before what the owner wants next: a skip of time takes effect.
                biased;
                () = tick => self.feed(Input::Tick).await,
                (line, signal) = signal(&mut self.wires) => self.pass_on(line, signal).await,
                order = orders.recv() => match order {
                    Some(order) => self.obey(order).await,
                    None => return,
                },
            }
        }
    }

    async fn obey(&mut self, order: Order) {
        match order {
            Order::Input(input) => self.feed(input).await,
            Order::Skip(time) => self.skipped += time,
            Order::Drop => {
                for (line, _) in std::mem::take(&mut self.wires) {
                    self.hear(line, Input::Closed { code: 1006 }).await;
                }
            }
            Order::Subscribe(ask, heard) => {
                self.asks.push((ask, heard));
                self.feed(Input::Subscribe(self.asks.len() - 1)).await;
            }
        }
    }

    async fn pass_on(&mut self, line: u32, signal: Signal) {
        match signal {
            Signal::Opened => {
                let credentials = self.credentials.as_mut().map(|credentials| credentials());
                self.hear(line, Input::Opened { credentials }).await;
            }
            Signal::Text(text) => self.hear(line, Input::Text(&text)).await,
            Signal::Binary => self.hear(line, Input::Binary).await,
            Signal::Closed(code) => {
                self.take(line);
                self.hear(line, Input::Closed { code }).await;
            }
        }
    }

    async fn feed(&mut self, input: Input<'_>) {
        let now = self.begin.elapsed() + self.skipped;
        let orders = self.session.handle(now, input);
        self.work(orders).await;
    }

    async fn hear(&mut self, line: u32, input: Input<'_>) {
        let now = self.begin.elapsed() + self.skipped;
        let orders = self.session.hear(now, line, input);
        self.work(orders).await;
    }

    async fn work(&mut self, orders: Vec<Doing>) {
        for (line, action) in orders {
            self.perform(line, action).await;
        }
    }

    fn take(&mut self, line: u32) -> Option<Wire> {
        let place = self.wires.iter().position(|(of, _)| *of == line)?;
        Some(self.wires.swap_remove(place).1)
    }

    async fn send(&mut self, line: u32, text: String) {
        if let Some((_, wire)) = self.wires.iter_mut().find(|(of, _)| *of == line) {
            wire.send(text).await;
        }
    }

    async fn perform(&mut self, line: u32, action: Action) {
        match action {
            Action::Connect => {
                self.take(line);
                self.wires.push((line, Wire::open(self.url.clone(), self.cookie.clone())));
            }
            Action::Send(text) => self.send(line, text).await,
            Action::Close { code, reason } => {
                self.take(line).into_iter().for_each(|wire| wire.close(code, reason.clone()));
            }
            Action::Subscribe { operation, id } => {
                let (query, variables) = (self.asks[operation].0)();
                self.send(line, message::subscribe(&id, query, &variables)).await;
            }
            Action::Deliver { operation, outcome } => {
                (self.asks[operation].1)(&outcome);
                self.tell(Event::Said(operation, outcome));
            }
            Action::Status(status) => self.tell(Event::Status(status)),
        }
    }

    /// An owner that has gone hears no more.
    fn tell(&self, event: Event) {
        let _ = self.told.send(event);
    }
}

/// What a wire says next, and whose it is.
async fn signal(wires: &mut [(u32, Wire)]) -> (u32, Signal) {
    let signals = wires.iter_mut().map(|(line, wire)| {
        let line = *line;
        Box::pin(async move { (line, wire.signal().await) })
    });
    let signals: Vec<_> = signals.collect();
    if signals.is_empty() { pending().await } else { select_all(signals).await.0 }
}
