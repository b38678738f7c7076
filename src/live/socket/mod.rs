//! The browser's hands for a session that renews itself ([`Renewing`]): a WebSocket, for a moment two; one
//! timer, four events of the page.
//!
//! They do what the session says, in order, also when a callback of the owner makes it say more.
//! It compiles everywhere and works in a browser only.

mod page;
mod wire;

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    rc::{Rc, Weak},
};

use gloo_timers::callback::Timeout;

use super::{
    message,
    session::{Action, Input, Order, Outcome, Renewing, Status},
};
use page::{Clock, Listener};
use wire::Wire;

/// An operation of a page, for as long as the page lives.
pub struct Operation {
    /// The GraphQL document.
    pub query: &'static str,
    /// The variables as a JSON object, asked for at each (re)subscription: where to go on from.
    pub variables: Box<dyn FnMut() -> String>,
    /// Takes what the operation says.
    pub on_outcome: Box<dyn FnMut(Outcome)>,
}

/// A live connection of a page, which comes back by itself. Dropping it closes it.
pub struct Live {
    hands: Rc<Hands>,
    _listeners: Vec<Listener>,
}

impl Live {
    /// Connects to `path` of the page's own server and runs the operations over it.
    pub fn open(path: &str, operations: Vec<Operation>, on_status: impl FnMut(Status) + 'static) -> Self {
        let hands = Rc::new(Hands {
            url: page::address(path),
            session: RefCell::new(Renewing::new(js_sys::Math::random)),
            clock: Clock::start(),
            wires: RefCell::default(),
            last: Cell::default(),
            timer: RefCell::default(),
            to_do: RefCell::default(),
            at_work: Cell::default(),
            on_status: RefCell::new(Box::new(on_status)),
            operations: RefCell::new(operations),
        });
        let count = hands.operations.borrow().len();
        (0..count).for_each(|operation| hands.feed(Input::Subscribe(operation)));
        hands.feed(Input::Wake);
        Self { _listeners: listen(&hands), hands }
    }
}

impl Drop for Live {
    /// Closes the socket and tells the owner nothing: what its callbacks reach for may be gone.
    fn drop(&mut self) {
        let hands = &self.hands;
        let orders = hands.session.borrow_mut().handle(hands.clock.now(), Input::Leave);
        hands.to_do.take();
        hands.timer.take();
        let closes = orders.into_iter().filter(|(_, action)| matches!(action, Action::Close { .. }));
        closes.for_each(|order| hands.perform(order));
    }
}

/// Hears when the page comes and goes, is looked at, and is back online.
fn listen(hands: &Rc<Hands>) -> Vec<Listener> {
    let teller = |input: fn() -> Input<'static>| {
        let hands = Rc::downgrade(hands);
        move || tell(&hands, input())
    };
    let wake = teller(|| Input::Wake);
    let look = move || {
        if page::is_visible() {
            wake()
        }
    };
    let on_window = [
        Listener::on_window("online", teller(|| Input::Wake)),
        // A page may be kept when it is left, and shown again as it was: without its socket.
        Listener::on_window("pageshow", teller(|| Input::Wake)),
        Listener::on_window("pagehide", teller(|| Input::Leave)),
    ];
    on_window.into_iter().flatten().chain(Listener::on_document("visibilitychange", look)).collect()
}

/// Tells whoever still lives.
fn tell(hands: &Weak<Hands>, input: Input<'_>) {
    if let Some(hands) = hands.upgrade() {
        hands.feed(input);
    }
}

/// Everything a connection needs. The wire's reader, the timer and the listeners know it weakly.
struct Hands {
    url: String,
    session: RefCell<Renewing>,
    clock: Clock,
    wires: RefCell<Vec<Wire>>,
    /// How many wires there were. A reader knows its own by its number.
    last: Cell<u32>,
    timer: RefCell<Option<Timeout>>,
    to_do: RefCell<VecDeque<Order>>,
    at_work: Cell<bool>,
    on_status: RefCell<Box<dyn FnMut(Status)>>,
    operations: RefCell<Vec<Operation>>,
}

impl Hands {
    /// Tells the session, and does what it says. Called while at work, it leaves the work to the
    /// call that is at it: so the order stays, and no callback is entered twice.
    fn feed(self: &Rc<Self>, input: Input<'_>) {
        let orders = self.session.borrow_mut().handle(self.clock.now(), input);
        self.work(orders);
    }

    /// The same for what the socket of a line says.
    fn hear(self: &Rc<Self>, line: u32, input: Input<'_>) {
        let orders = self.session.borrow_mut().hear(self.clock.now(), line, input);
        self.work(orders);
    }

    fn work(self: &Rc<Self>, orders: Vec<Order>) {
        self.to_do.borrow_mut().extend(orders);
        if self.at_work.replace(true) {
            return;
        }
        while let Some(order) = self.next_order() {
            self.perform(order);
        }
        self.at_work.set(false);
        self.set_timer();
    }

    fn next_order(&self) -> Option<Order> {
        self.to_do.borrow_mut().pop_front()
    }

    fn perform(self: &Rc<Self>, (line, action): Order) {
        match action {
            Action::Connect => self.connect(line),
            Action::Send(text) => self.send(line, text),
            Action::Close { code, reason } => {
                let wire = self.take(line);
                wire.into_iter().for_each(|wire| wire.close(code, &reason));
            }
            Action::Subscribe { operation, id } => self.subscribe(line, operation, &id),
            Action::Deliver { operation, outcome } => {
                (self.operations.borrow_mut()[operation].on_outcome)(outcome);
            }
            Action::Status(status) => (self.on_status.borrow_mut())(status),
        }
    }

    fn connect(self: &Rc<Self>, line: u32) {
        let number = self.last.get() + 1;
        self.last.set(number);
        let Some(wire) = Wire::open(&self.url, line, number) else {
            return self.hear(line, Input::Closed { code: 1006 });
        };
        // The wire before it is dropped only when this one is in its place.
        let before = self.take(line);
        self.wires.borrow_mut().push(wire);
        drop(before);
        wasm_bindgen_futures::spawn_local(wire::read(Rc::downgrade(self), number));
    }

    /// The wire of a line, which is none any more.
    fn take(&self, line: u32) -> Option<Wire> {
        let mut wires = self.wires.borrow_mut();
        let place = wires.iter().position(|wire| wire.line == line)?;
        Some(wires.swap_remove(place))
    }

    fn send(&self, line: u32, text: String) {
        if let Some(wire) = self.wires.borrow_mut().iter_mut().find(|wire| wire.line == line) {
            wire.send(text);
        }
    }

    fn subscribe(&self, line: u32, operation: usize, id: &str) {
        let mut operations = self.operations.borrow_mut();
        let Operation { query, variables, .. } = &mut operations[operation];
        self.send(line, message::subscribe(id, query, &variables()));
    }

    fn set_timer(self: &Rc<Self>) {
        let wake_at = self.session.borrow().wake_at();
        let timer = wake_at.map(|at| {
            let wait = at.saturating_sub(self.clock.now()).as_millis() + 1;
            let hands = Rc::downgrade(self);
            // Browsers take a longer wait for none at all.
            let wait = u32::try_from(wait.min(i32::MAX as u128)).unwrap_or_default();
            Timeout::new(wait, move || tell(&hands, Input::Tick))
        });
        drop(self.timer.replace(timer));
    }
}
