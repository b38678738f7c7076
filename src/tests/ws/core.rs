//! The protocol's core under whatever a peer may send.

use std::{collections::HashSet, sync::Arc, time::Instant};

use belfry::server::graphql::ws::{
    Limits, Refused, Step,
    core::{Action, Core},
};
use proptest::prelude::*;

const CAP: usize = 3;

/// Something that happens to a socket.
#[derive(Debug, Clone)]
enum Happening {
    Text(String),
    Binary,
    Admitted,
    Refused,
    Step(String, Option<Step>),
    Blocked,
    Unblocked,
    Passed(u64),
}

/// A text frame: often a message of the protocol, sometimes bent, sometimes anything.
fn frame() -> impl Strategy<Value = String> {
    let message = prop_oneof![
        Just(r#"{"type":"connection_init"}"#.to_owned()),
        Just(r#"{"type":"ping","payload":{"a":1}}"#.to_owned()),
        Just(r#"{"type":"pong"}"#.to_owned()),
        "[a-e]".prop_map(|id| format!(
            r#"{{"id":"{id}","type":"subscribe","payload":{{"query":"{{ hello }}"}}}}"#
        )),
        "[a-e]".prop_map(|id| format!(r#"{{"id":"{id}","type":"complete"}}"#)),
    ];
    let bent = (message.clone(), any::<prop::sample::Index>(), any::<char>()).prop_map(|(text, at, with)| {
        let mut letters: Vec<char> = text.chars().collect();
        let at = at.index(letters.len());
        letters[at] = with;
        letters.into_iter().collect()
    });
    prop_oneof![12 => message, 1 => bent, 1 => any::<String>()]
}

fn happening() -> impl Strategy<Value = Happening> {
    let step = prop_oneof![
        Just(Some(Step::Next("{}".into()))),
        Just(Some(Step::Error("[]".into()))),
        Just(Some(Step::Ended)),
        Just(None),
    ];
    prop_oneof![
        12 => frame().prop_map(Happening::Text),
        1 => Just(Happening::Binary),
        4 => Just(Happening::Admitted),
        1 => Just(Happening::Refused),
        4 => ("[a-e]", step).prop_map(|(id, step)| Happening::Step(id, step)),
        1 => Just(Happening::Blocked),
        1 => Just(Happening::Unblocked),
        2 => (0_u64..20_000).prop_map(Happening::Passed),
    ]
}

/// What the loop keeps: who runs, and whether a verdict is awaited.
struct Driver {
    core: Core,
    now: Instant,
    running: HashSet<String>,
    asked: bool,
}

impl Driver {
    fn new() -> Self {
        let now = Instant::now();
        let limits = Limits { operations: CAP, ..Limits::default() };
        Self { core: Core::new(Arc::new(limits), now), now, running: HashSet::new(), asked: false }
    }

    /// Tells the core what happened, unless it could not happen now.
    fn tell(&mut self, happening: Happening) -> Option<Action> {
        match happening {
            Happening::Text(text) => {
                assert_eq!(self.core.heard(0, self.now), None);
                self.core.text(&text, self.now)
            }
            Happening::Binary => Some(self.core.binary()),
            Happening::Admitted => {
                std::mem::take(&mut self.asked).then(|| self.core.admitted(None, None, self.now))
            }
            Happening::Refused => {
                std::mem::take(&mut self.asked).then(|| self.core.refused(&Refused::Forbidden("no".into())))
            }
            Happening::Step(id, step) => self.step(&id, step),
            Happening::Blocked => {
                self.core.blocked(self.now);
                None
            }
            Happening::Unblocked => {
                self.core.unblocked(self.now);
                None
            }
            Happening::Passed(millis) => {
                self.now += std::time::Duration::from_millis(millis);
                self.core.due(self.now)
            }
        }
    }

    fn step(&mut self, id: &str, step: Option<Step>) -> Option<Action> {
        if !self.running.contains(id) {
            return None;
        }
        if !matches!(step, Some(Step::Next(_))) {
            self.running.remove(id);
        }
        Some(self.core.step(id, step, self.now))
    }
}

proptest! {
    /// No panic, no id twice, no stop of what does not run, no more operations than allowed, and never
    /// an operation for somebody who was not admitted.
    #[test]
    fn no_peer_brings_the_core_out_of_step(happenings in prop::collection::vec(happening(), 0..60)) {
        let mut driver = Driver::new();
        let mut admitted = false;
        for happening in happenings {
            admitted |= driver.asked && matches!(happening, Happening::Admitted);
            match driver.tell(happening) {
                Some(Action::Admit(_)) => driver.asked = true,
                Some(Action::Start(id, _)) => {
                    prop_assert!(admitted);
                    prop_assert!(driver.running.insert(id.to_string()));
                    prop_assert!(driver.running.len() <= CAP);
                }
                Some(Action::Stop(id)) => prop_assert!(driver.running.remove(&id)),
                Some(Action::Close(frame)) => {
                    prop_assert!(frame.reason.len() <= 123);
                    return Ok(());
                }
                Some(Action::Drop) => return Ok(()),
                Some(Action::Send(_)) | None => {}
            }
        }
    }
}
