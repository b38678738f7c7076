//! Whatever a server does, and whenever.

use std::collections::{HashMap, HashSet};

use super::*;
use proptest::prelude::*;

/// One thing that happens.
#[derive(Clone, Debug)]
enum Step {
    Pass(u64),
    Due,
    Frame(String),
    /// The socket opens and the server lets the client in.
    LetIn,
    Input(fn() -> Input<'static>),
    Closed(u16),
    Wants(usize),
    HasEnough(usize),
}

/// Mostly frames that fit the protocol, so that a session lives long enough to get into trouble.
fn frame() -> impl Strategy<Value = String> {
    let id = || prop_oneof![9 => 1_u32..12, 1 => 0_u32..1000];
    let framed = |kind: &'static str, payload: &'static str| {
        id().prop_map(move |id| format!(r#"{{"id":"{id}","type":"{kind}","payload":{payload}}}"#))
    };
    prop_oneof![
        20 => framed("next", "{}"),
        5 => framed("error", r#"[{"message":"no"}]"#),
        5 => framed("complete", "null"),
        5 => framed("ping", "{}"),
        2 => framed("pong", "null"),
        1 => prop_oneof![framed("next", "[]"), framed("error", "[]"), framed("connection_ack", "null")],
        1 => ".{0,20}",
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => (0_u64..15_000).prop_map(Step::Pass),
        3 => Just(Step::Due),
        10 => frame().prop_map(Step::Frame),
        3 => Just(Step::LetIn),
        2 => Just(Step::Input(|| Input::Wake)),
        1 => Just(Step::Input(|| Input::Leave)),
        1 => prop_oneof![Just(1006_u16), Just(1012), Just(4403), 1000_u16..4999].prop_map(Step::Closed),
        2 => (0_usize..4).prop_map(Step::Wants),
        1 => (0_usize..4).prop_map(Step::HasEnough),
    ]
}

/// An owner that keeps account of what it is told, and checks each against the account.
struct Owner {
    client: Client,
    socket: bool,
    let_in: bool,
    /// What runs on the present socket.
    running: HashMap<usize, String>,
    ids: HashSet<String>,
    wanted: HashSet<usize>,
}

impl Owner {
    fn take(&mut self, step: Step) {
        let actions = match step {
            Step::Pass(ms) => return self.client.now += Duration::from_millis(ms),
            Step::Due => {
                self.client.now = self.client.now.max(self.client.session.wake_at().unwrap_or_default());
                self.client.does(Input::Tick)
            }
            Step::Input(input) => self.client.does(input()),
            // A socket speaks while there is one.
            Step::Frame(_) | Step::Closed(_) if !self.socket => return,
            Step::LetIn if !self.socket || self.let_in => return,
            Step::LetIn => {
                self.let_in = true;
                let greeting = self.client.does(Input::Opened { credentials: None });
                greeting.into_iter().for_each(|action| self.check(action));
                self.client.hears(ACK)
            }
            Step::Frame(text) => self.client.hears(&text),
            Step::Closed(code) => {
                self.hang_up();
                self.client.is_closed_with(code)
            }
            Step::Wants(operation) => {
                self.wanted.insert(operation);
                self.client.does(Input::Subscribe(operation))
            }
            Step::HasEnough(operation) => {
                self.wanted.remove(&operation);
                self.client.does(Input::Unsubscribe(operation))
            }
        };
        actions.into_iter().for_each(|action| self.check(action));
    }

    fn check(&mut self, action: Action) {
        match action {
            Action::Connect => assert!(!std::mem::replace(&mut self.socket, true), "a second socket"),
            Action::Send(text) => {
                assert!(self.socket, "sent without a socket: {text}");
                self.running.retain(|_, id| text != format!(r#"{{"id":"{id}","type":"complete"}}"#));
            }
            Action::Close { code, reason } => {
                assert!(self.socket && (code == 1000 || (4000..5000).contains(&code)) && reason.len() <= 123);
                self.hang_up();
            }
            Action::Subscribe { operation, id } => {
                assert!(self.socket && self.wanted.contains(&operation), "nobody wants {operation}");
                assert!(self.ids.insert(id.clone()), "{id} was used before");
                assert_eq!(self.running.insert(operation, id), None, "{operation} runs already");
            }
            Action::Deliver { operation, outcome } => {
                assert!(self.running.contains_key(&operation), "{operation} does not run");
                if !matches!(outcome, Outcome::Next(_)) {
                    self.running.remove(&operation);
                    self.wanted.remove(&operation);
                }
            }
            Action::Status(_) => {}
        }
    }

    fn hang_up(&mut self) {
        self.socket = false;
        self.let_in = false;
        self.running.clear();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn nothing_makes_it_panic_deliver_after_the_end_or_use_an_id_twice(
        steps in prop::collection::vec(step(), 1..120),
    ) {
        let mut owner = Owner {
            client: Client::new(),
            socket: false,
            let_in: false,
            running: HashMap::new(),
            ids: HashSet::new(),
            wanted: HashSet::new(),
        };
        owner.take(Step::Input(|| Input::Wake));
        steps.into_iter().for_each(|step| owner.take(step));
    }

    #[test]
    fn each_frame_is_delivered_at_most_once(frames in prop::collection::vec(frame(), 1..60)) {
        let mut client = Client::subscribed();
        for frame in frames {
            let delivered = client.hears(&frame).into_iter().filter(|action| matches!(action, Action::Deliver { .. }));
            prop_assert!(delivered.count() <= 1);
        }
    }
}
