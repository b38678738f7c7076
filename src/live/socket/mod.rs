//! The browser's hands for a [`Session`]: one WebSocket, one timer, four events of the page.
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
    session::{Action, Input, Outcome, Session, Status},
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
            session: RefCell::new(Session::new(js_sys::Math::random)),
            clock: Clock::start(),
            wire: RefCell::default(),
            wires: Cell::default(),
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
        let actions = hands.session.borrow_mut().handle(hands.clock.now(), Input::Leave);
        hands.to_do.take();
        hands.timer.take();
        let closes = actions.into_iter().filter(|action| matches!(action, Action::Close { .. }));
        closes.for_each(|action| hands.perform(action));
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
    session: RefCell<Session>,
    clock: Clock,
    wire: RefCell<Option<Wire>>,
    /// How many wires there were. The last one's number tells a reader that its own is the one.
    wires: Cell<u32>,
    timer: RefCell<Option<Timeout>>,
    to_do: RefCell<VecDeque<Action>>,
    at_work: Cell<bool>,
    on_status: RefCell<Box<dyn FnMut(Status)>>,
    operations: RefCell<Vec<Operation>>,
}

impl Hands {
    /// Tells the session, and does what it says. Called while at work, it leaves the work to the
    /// call that is at it: so the order stays, and no callback is entered twice.
    fn feed(self: &Rc<Self>, input: Input<'_>) {
        let actions = self.session.borrow_mut().handle(self.clock.now(), input);
        self.to_do.borrow_mut().extend(actions);
        if self.at_work.replace(true) {
            return;
        }
        while let Some(action) = self.next_action() {
            self.perform(action);
        }
        self.at_work.set(false);
        self.set_timer();
    }

    fn next_action(&self) -> Option<Action> {
        self.to_do.borrow_mut().pop_front()
    }

    fn perform(self: &Rc<Self>, action: Action) {
        match action {
            Action::Connect => self.connect(),
            Action::Send(text) => self.send(text),
            Action::Close { code, reason } => {
                let wire = self.wire.take();
                wire.into_iter().for_each(|wire| wire.close(code, &reason));
            }
            Action::Subscribe { operation, id } => self.subscribe(operation, &id),
            Action::Deliver { operation, outcome } => {
                (self.operations.borrow_mut()[operation].on_outcome)(outcome);
            }
            Action::Status(status) => (self.on_status.borrow_mut())(status),
        }
    }

    fn connect(self: &Rc<Self>) {
        let number = self.wires.get() + 1;
        self.wires.set(number);
        let wire = Wire::open(&self.url);
        if wire.is_none() {
            return self.feed(Input::Closed { code: 1006 });
        }
        // The wire before it is dropped only when this one is in its place.
        drop(self.wire.replace(wire));
        wasm_bindgen_futures::spawn_local(wire::read(Rc::downgrade(self), number));
    }

    fn send(&self, text: String) {
        if let Some(wire) = &mut *self.wire.borrow_mut() {
            wire.send(text);
        }
    }

    fn subscribe(&self, operation: usize, id: &str) {
        let mut operations = self.operations.borrow_mut();
        let Operation { query, variables, .. } = &mut operations[operation];
        self.send(message::subscribe(id, query, &variables()));
    }

    fn set_timer(self: &Rc<Self>) {
        let wake_at = self.session.borrow().wake_at();
        let timer = wake_at.map(|at| {
            let wait = at.saturating_sub(self.clock.now()).as_millis() + 1;
            let hands = Rc::downgrade(self);
            Timeout::new(u32::try_from(wait).unwrap_or(u32::MAX), move || tell(&hands, Input::Tick))
        });
        drop(self.timer.replace(timer));
    }
}
