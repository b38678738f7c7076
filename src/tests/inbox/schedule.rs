//! Any schedule of server, stream and answers leaves the screen right: promise 3 of the design.

use belfry::domain::Act;
use proptest::prelude::*;
use time::OffsetDateTime;

use super::{
    screen::{Ask, Screen},
    server::Server,
};

/// One thing that happens. Numbers pick among what is there.
#[derive(Clone, Debug)]
enum Step {
    Raise,
    Act(usize, Act),
    ReadAll,
    See(u32),
    Expire(usize),
    Wake(usize),
    Restore(usize),
    AskFirst,
    AskNext,
    AskAct(usize, Act),
    Answer(usize),
    Take(usize),
    LoseAnswer(usize),
    Hear,
    Mishear,
    LoseStream,
    Resume(bool),
}

fn act() -> impl Strategy<Value = Act> {
    let snooze = Act::Snooze(OffsetDateTime::UNIX_EPOCH);
    prop::sample::select([&Act::PLAIN[..], &[snooze]].concat())
}

fn step() -> impl Strategy<Value = Step> {
    let place = || 0..8_usize;
    prop_oneof![
        6 => Just(Step::Raise),
        4 => (place(), act()).prop_map(|(place, act)| Step::Act(place, act)),
        2 => Just(Step::ReadAll),
        2 => (0..4_u32).prop_map(Step::See),
        2 => place().prop_map(Step::Expire),
        2 => place().prop_map(Step::Wake),
        1 => (0..6_usize).prop_map(Step::Restore),
        3 => Just(Step::AskFirst),
        3 => Just(Step::AskNext),
        4 => (place(), act()).prop_map(|(place, act)| Step::AskAct(place, act)),
        8 => place().prop_map(Step::Answer),
        8 => place().prop_map(Step::Take),
        1 => place().prop_map(Step::LoseAnswer),
        10 => Just(Step::Hear),
        1 => Just(Step::Mishear),
        1 => Just(Step::LoseStream),
        2 => any::<bool>().prop_map(Step::Resume),
    ]
}

impl Step {
    fn take(self, screen: &mut Screen) {
        match self {
            Self::Raise => drop(screen.serve(Server::raise)),
            Self::Act(place, act) => screen.serve(|server| {
                server.nth(place).and_then(|id| server.act(id, act));
            }),
            Self::ReadAll => screen.serve(Server::read_all),
            Self::See(back) => screen.serve(|server| server.see(server.revision().saturating_sub(back))),
            Self::Expire(place) => screen.serve(|server| {
                if let Some(id) = server.nth(place) {
                    server.expire(id);
                }
            }),
            Self::Wake(place) => screen.serve(|server| {
                if let Some(id) = server.nth(place) {
                    server.wake(id);
                }
            }),
            Self::Restore(back) => screen.serve(|server| server.restore(back)),
            Self::AskFirst => screen.ask(Ask::First),
            Self::AskNext => screen.ask_next(),
            Self::AskAct(place, act) => screen.ask_act(place, act),
            Self::Answer(which) => screen.answer(which),
            Self::Take(which) => screen.take(which),
            Self::LoseAnswer(which) => screen.lose_answer(which),
            Self::Hear => drop(screen.hear()),
            Self::Mishear => screen.mishear(),
            Self::LoseStream => screen.lose_stream(),
            Self::Resume(repeat) => screen.resume(repeat),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_the_order_the_screen_is_never_wrong_and_ends_right(
        raised in 0..10_usize,
        steps in prop::collection::vec(step(), 1..80),
    ) {
        let mut server = Server::new();
        for _ in 0..raised {
            server.raise();
        }
        let mut screen = Screen::open(server);
        for step in steps {
            step.take(&mut screen);
            screen.check();
        }
        screen.settle();
        screen.check_settled();
        screen.load_first();
        while screen.load_next() {
            screen.check_settled();
        }
        screen.check_settled();
    }
}
