//! A screen before the model server: what it asked for, what is on its way, and what it has heard.

use std::collections::{HashMap, HashSet, VecDeque};

use belfry::domain::{Act, Alert, AlertId, Inbox, InboxEvent, Page, Place, Position, Reply};

use super::{heard::Heard, server::Server};

/// What a screen asks of the server.
pub(super) enum Ask {
    First,
    Next(String),
    Act(AlertId, Act),
}

/// What the server says to it.
enum Answer {
    Page(Page),
    Acted { id: AlertId, reply: Box<Reply>, epoch: u64 },
}

struct Asked {
    ask: Ask,
    generation: u32,
    answer: Option<Answer>,
}

/// An inbox on a screen, its server, and what lies between the two.
pub(super) struct Screen {
    pub(super) server: Server,
    pub(super) inbox: Inbox,
    asked: Vec<Asked>,
    stream: Option<VecDeque<InboxEvent>>,
    last: Option<InboxEvent>,
    heard: Heard,
}

impl Screen {
    /// A screen that has just opened, with its stream.
    pub(super) fn open(server: Server) -> Self {
        let page = server.page(None);
        let heard = Heard::page(&page);
        let stream = Some(VecDeque::new());
        Self { server, inbox: Inbox::open(page), asked: vec![], stream, last: None, heard }
    }

    /// Lets the server do something; the stream, while it is up, is told.
    pub(super) fn serve<T>(&mut self, act: impl FnOnce(&mut Server) -> T) -> T {
        let (epoch, revision) = (self.server.epoch(), self.server.revision());
        let done = act(&mut self.server);
        if let Some(stream) = &mut self.stream {
            if self.server.epoch() == epoch {
                let new = revision + 1..=self.server.revision();
                stream.extend(new.filter_map(|revision| self.server.event(revision)));
            } else {
                stream.push_back(self.server.reset());
            }
        }
        done
    }

    pub(super) fn lose_stream(&mut self) {
        self.stream = None;
    }

    /// Subscribes after the inbox's position; perhaps the last event comes once more.
    pub(super) fn resume(&mut self, repeat: bool) {
        let repeated = self.last.clone().filter(|_| repeat);
        let missed = self.server.replay(self.inbox.position());
        self.stream = Some(repeated.into_iter().chain(missed).collect());
    }

    /// Hears one event, if one is on its way. Returns whether it was.
    pub(super) fn hear(&mut self) -> bool {
        let Some(event) = self.stream.as_mut().and_then(VecDeque::pop_front) else { return false };
        self.heard.event(&event);
        let is_reset = matches!(event, InboxEvent::InboxReset { .. });
        self.last = (!is_reset).then(|| event.clone());
        self.inbox.apply(event);
        true
    }

    /// Gets one event, if one is on its way, that it cannot read; it drops the stream.
    pub(super) fn mishear(&mut self) {
        if self.stream.as_mut().and_then(VecDeque::pop_front).is_some() {
            self.lose_stream();
            self.inbox.distrust();
        }
    }

    pub(super) fn ask(&mut self, ask: Ask) {
        self.asked.push(Asked { ask, generation: self.inbox.generation(), answer: None });
    }

    pub(super) fn ask_next(&mut self) {
        if let Some(after) = self.inbox.next().map(str::to_owned) {
            self.ask(Ask::Next(after));
        }
    }

    /// Asks to do something with the alert at a place on the screen, counted round.
    pub(super) fn ask_act(&mut self, place: usize, act: Act) {
        let shown = self.inbox.alerts();
        if let Some(place) = place.checked_rem(shown.len()) {
            let id = shown[place].id;
            self.ask(Ask::Act(id, act));
        }
    }

    /// The server answers one of the requests; the answer sets out.
    pub(super) fn answer(&mut self, which: usize) {
        let open: Vec<_> = (0..self.asked.len()).filter(|it| self.asked[*it].answer.is_none()).collect();
        let Some(which) = which.checked_rem(open.len()).map(|it| open[it]) else { return };
        let answer = match &self.asked[which].ask {
            Ask::First => Some(Answer::Page(self.server.page(None))),
            Ask::Next(after) => Some(Answer::Page(self.server.page(Some(after)))),
            Ask::Act(id, act) => {
                let (id, act) = (*id, *act);
                let held = self.server.holds(id);
                let alert = self.serve(|server| server.act(id, act));
                (alert.is_some() || held && act == Act::Delete).then(|| self.acted(id, alert))
            }
        };
        match answer {
            Some(answer) => self.asked[which].answer = Some(answer),
            None => drop(self.asked.remove(which)),
        }
    }

    fn acted(&self, id: AlertId, alert: Option<Alert>) -> Answer {
        Answer::Acted { id, reply: Box::new(self.server.reply(alert)), epoch: self.server.epoch() }
    }

    /// One of the requests, or its answer, gets lost.
    pub(super) fn lose_answer(&mut self, which: usize) {
        if let Some(which) = which.checked_rem(self.asked.len()) {
            self.asked.remove(which);
        }
    }

    /// One of the answers arrives.
    pub(super) fn take(&mut self, which: usize) {
        let there: Vec<_> = (0..self.asked.len()).filter(|it| self.asked[*it].answer.is_some()).collect();
        let Some(which) = which.checked_rem(there.len()).map(|it| there[it]) else { return };
        let Asked { ask, generation, answer } = self.asked.remove(which);
        let before = self.inbox.position().to_owned();
        match (ask, answer) {
            (Ask::Next(after), Some(Answer::Page(page))) => {
                self.hear_page(&page, generation);
                self.inbox.next_page(page, &after, generation);
                assert_eq!(self.inbox.position(), before);
            }
            (_, Some(Answer::Page(page))) => {
                self.hear_page(&page, generation);
                self.inbox.first_page(page, generation);
            }
            (_, Some(Answer::Acted { id, reply, epoch })) => {
                self.hear_reply(id, &reply, epoch, generation);
                self.inbox.reply(Some(id), *reply, generation);
                assert_eq!(self.inbox.position(), before);
            }
            (_, None) => {}
        }
    }

    /// Of which epoch the screen is.
    fn epoch(&self) -> u64 {
        self.inbox.position().parse::<Position>().unwrap().epoch
    }

    fn hear_page(&mut self, page: &Page, generation: u32) {
        let epoch = page.head.position.parse::<Position>().unwrap().epoch;
        if generation == self.inbox.generation() && epoch == self.epoch() {
            self.heard.alerts(page.head.revision, &page.alerts);
        }
    }

    fn hear_reply(&mut self, id: AlertId, reply: &Reply, epoch: u64, generation: u32) {
        if generation == self.inbox.generation() && epoch == self.epoch() {
            self.heard.alert(id, reply.alert.as_ref(), reply.revision);
        } else if generation == self.inbox.generation() {
            self.heard.ahead = true;
        }
    }

    /// What must hold at every moment.
    pub(super) fn check(&self) {
        let shown = self.inbox.alerts();
        assert!(shown.is_sorted_by(|a, b| a.created_revision >= b.created_revision));
        assert_eq!(shown.iter().map(|alert| alert.id).collect::<HashSet<_>>().len(), shown.len());
        if self.heard.ahead {
            return;
        }
        assert_eq!(self.inbox.counts(), self.server.counts_at(self.epoch(), self.heard.head));
        for alert in shown {
            let gone = self.heard.gone.get(&alert.id);
            assert!(gone.is_none_or(|gone| *gone < alert.revision), "{alert:?} had left the inbox");
            let newest = self.heard.versions.get(&alert.id);
            assert!(newest.is_none_or(|newest| *newest <= alert.revision), "{alert:?} is not {newest:?}");
            // Version 0: what a reset left on the screen until the list is loaded.
            let true_at = |revision| self.server.moment(self.epoch(), revision).contains(alert);
            assert!(alert.revision == 0 || true_at(alert.revision), "{alert:?} never was");
        }
        self.check_seen();
    }

    /// Nothing that "all read" would touch is missing from the loaded part of the list.
    fn check_seen(&self) {
        let seen: Position = self.inbox.seen().parse().unwrap();
        let shown: HashMap<_, _> =
            self.inbox.alerts().iter().map(|alert| (alert.id, alert.created_revision)).collect();
        let Some(lowest) = shown.values().min() else { return };
        // What came back later is not meant.
        let stayed = |id| {
            (seen.revision..=self.server.revision()).all(|revision| {
                let moment = self.server.moment(seen.epoch, revision);
                moment.iter().any(|alert| alert.id == id && alert.place() == Place::Inbox)
            })
        };
        let touched =
            |alert: &&Alert| (*lowest..=seen.revision).contains(&alert.created_revision) && stayed(alert.id);
        if seen.epoch == self.server.epoch() {
            let mut touched = self.server.listed().filter(touched);
            assert!(touched.all(|alert| shown.contains_key(&alert.id)), "unseen at {}", seen.revision);
        }
    }

    /// Hears everything, and loads the first page for as long as the inbox asks for that.
    pub(super) fn settle(&mut self) {
        if self.stream.is_none() {
            self.resume(false);
        }
        self.hear_all();
        for _ in 0..3 {
            if self.inbox.is_stale() {
                self.load_first();
                self.hear_all();
            }
        }
        assert!(!self.inbox.is_stale());
    }

    fn hear_all(&mut self) {
        while self.hear() {
            self.check();
        }
    }

    /// Asks for the first page, and gets it at once.
    pub(super) fn load_first(&mut self) {
        self.inbox.first_page(self.server.page(None), self.inbox.generation());
    }

    /// Asks for the next page, and gets it at once. Returns whether there was one.
    pub(super) fn load_next(&mut self) -> bool {
        let Some(after) = self.inbox.next().map(str::to_owned) else { return false };
        self.inbox.next_page(self.server.page(Some(&after)), &after, self.inbox.generation());
        true
    }

    /// The list is the server's own, complete down to where it was loaded, and so is the count.
    pub(super) fn check_settled(&self) {
        let floor = self.inbox.next().map_or(0, |next| next.parse().unwrap());
        let listed = self.server.listed().rev();
        let expected: Vec<_> = listed.take_while(|alert| alert.created_revision >= floor).collect();
        assert_eq!(self.inbox.alerts(), expected);
        assert_eq!(self.inbox.counts(), self.server.head().counts);
        assert_eq!(self.inbox.position(), self.server.head().position);
    }
}
