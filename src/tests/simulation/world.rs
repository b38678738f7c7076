//! Everything that can happen to a node's sessions, one step after the other.

use std::{ops::Range, sync::Arc, time::Duration};

use belfry::{
    domain::Change,
    server::{
        broker::{Hub, Reader, sweeper::Sweeper},
        store::StoreError,
    },
};

use super::{
    Wrong,
    dice::Dice,
    listener::Listener,
    step::{Faults, Step},
    store::{PEOPLE, State, Store},
    task::Task,
};

/// About as much news as a session queues, which is 64: the last one may be the one too much.
const BURST: Range<usize> = 60..68;

/// How many rounds it may take until nothing is left to do.
const MOST_ROUNDS: usize = 2_000;

/// Longer than a session leaves a store alone that could not be read.
const A_WHILE: Duration = Duration::from_secs(2);

pub struct World {
    pub faults: Faults,
    pub dice: Dice,
    pub store: Arc<Store>,
    pub hub: Hub,
    pub reader: Reader,
    pub listeners: Vec<Listener>,
    /// News on its way.
    pub news: Vec<Change>,
    pub sweeping: Sweeping,
    /// States that somebody heard of and may come back with.
    pub known: Vec<State>,
    /// Reads failed since time passed last: who asked may be asleep.
    pub someone_sleeps: bool,
    /// The store lost what sessions may have heard, and not all of them know yet.
    pub recovery: Option<Recovery>,
    /// Whose news history began anew and told nothing since.
    pub silent: [bool; PEOPLE],
}

pub enum Sweeping {
    Idle(Sweeper),
    Looking(Task<(Sweeper, Result<(), StoreError>)>),
    /// Only while it changes from one to the other.
    Changing,
}

/// What has come of a failover.
#[derive(PartialEq, Eq)]
pub enum Recovery {
    Unseen,
    /// A look began after it.
    Looking,
    Seen,
}

impl World {
    pub async fn new(faults: Faults, seed: u64) -> Result<Self, Wrong> {
        let (store, hub) = (Arc::new(Store::new()), Hub::default());
        let sweeper = Sweeper::new(hub.clone(), store.inside().mark());
        let mut world = Self {
            faults,
            dice: Dice::of(seed),
            reader: Reader::new(store.clone()),
            store,
            hub,
            listeners: Vec::new(),
            news: Vec::new(),
            sweeping: Sweeping::Idle(sweeper),
            known: Vec::new(),
            someone_sleeps: false,
            recovery: None,
            silent: [false; PEOPLE],
        };
        // The first look only learns which history it is.
        world.rest().await?;
        Ok(world)
    }

    /// One step of those that may be.
    pub async fn step(&mut self) -> Result<Step, Wrong> {
        let step = Step::any(&mut self.dice);
        if self.may(step) {
            self.take(step).await?;
        }
        self.settle();
        Ok(step)
    }

    fn may(&self, step: Step) -> bool {
        match step {
            // What overtakes a lost head before anybody was compared cannot be told from it.
            Step::Commit | Step::Burst | Step::Leave => self.recovery.is_none(),
            Step::Lose | Step::Sweep | Step::FailOver => self.faults == Faults::Lost,
            _ => true,
        }
    }

    async fn take(&mut self, step: Step) -> Result<(), Wrong> {
        match step {
            Step::Commit => self.commit(),
            Step::Burst => self.burst(),
            Step::Leave => self.leave(),
            Step::Tell => self.tell(),
            Step::Lose => drop(self.pick_news()),
            Step::Read => drop(self.store.inside().go_on(&mut self.dice)),
            Step::FailRead => self.someone_sleeps |= self.store.inside().fail(&mut self.dice),
            Step::Listen => return self.listen(),
            Step::Join => self.join(),
            Step::Part => self.part(),
            Step::Sweep => self.sweep().await,
            Step::CutLog => {
                let who = self.anybody();
                self.store.inside().cut(who, &mut self.dice);
            }
            Step::Restore => self.restore(),
            Step::FailOver => return self.fail_over().await,
            Step::Pass => self.pass().await,
        }
        Ok(())
    }

    pub fn anybody(&mut self) -> usize {
        self.dice.below(PEOPLE)
    }

    fn commit(&mut self) {
        let who = self.anybody();
        let change = self.store.inside().commit(who);
        self.committed(who, change);
    }

    fn leave(&mut self) {
        let who = self.anybody();
        let change = self.store.inside().leave(who, &mut self.dice);
        self.committed(who, change);
    }

    fn committed(&mut self, who: usize, change: Change) {
        self.news.push(change);
        self.silent[who] = false;
        self.note(who);
    }

    pub fn note(&mut self, who: usize) {
        let head = self.store.inside().head(who);
        self.listeners.iter_mut().filter(|listener| listener.who == who).for_each(|it| it.note(head));
    }

    fn burst(&mut self) {
        let who = self.anybody();
        for _ in 0..BURST.start + self.dice.below(BURST.len()) {
            let change = self.store.inside().commit(who);
            self.hub.deliver(change);
            self.note(who);
        }
        self.silent[who] = false;
    }

    fn pick_news(&mut self) -> Option<Change> {
        (!self.news.is_empty()).then(|| self.news.swap_remove(self.dice.below(self.news.len())))
    }

    fn tell(&mut self) {
        if let Some(change) = self.pick_news() {
            if self.dice.one_in(5) {
                self.news.push(change.clone());
            }
            self.hub.deliver(change);
        }
    }

    /// Lets somebody go on who has something to do.
    fn listen(&mut self) -> Result<(), Wrong> {
        let awake: Vec<_> = (0..self.listeners.len()).filter(|it| self.listeners[*it].is_awake()).collect();
        if awake.is_empty() {
            return Ok(());
        }
        let listener = awake[self.dice.below(awake.len())];
        self.listen_to(listener)
    }

    fn listen_to(&mut self, listener: usize) -> Result<(), Wrong> {
        if let Some(state) = self.listeners[listener].go_on(&self.store)? {
            self.known.push(state);
        }
        Ok(())
    }

    /// Time enough for whoever sleeps. Who has yet to hear that its read failed sleeps after it.
    async fn pass(&mut self) {
        if self.someone_sleeps {
            self.someone_sleeps = self.listeners.iter().any(Listener::is_awake);
            tokio::time::advance(A_WHILE).await;
        }
    }

    /// Everybody who has something to do goes on. False: nobody had.
    pub async fn all_go_on(&mut self) -> Result<bool, Wrong> {
        let mut busy = false;
        for listener in 0..self.listeners.len() {
            if self.listeners[listener].is_awake() {
                busy = true;
                self.listen_to(listener)?;
            }
        }
        if matches!(&self.sweeping, Sweeping::Looking(task) if task.is_woken()) {
            busy = true;
            self.sweep().await;
        }
        Ok(busy)
    }

    /// Takes who is gone away, and a failover as over when everybody knows where the store is.
    fn settle(&mut self) {
        self.listeners.retain(|listener| !listener.is_gone());
        let quiet = || {
            !self.someone_sleeps
                && self.store.inside().is_idle()
                && !self.listeners.iter().any(Listener::is_awake)
        };
        if self.recovery == Some(Recovery::Seen) && quiet() {
            self.recovery = None;
        }
    }

    /// All faults end: what is not lost comes, and everybody goes on until nothing is left to do.
    pub async fn rest(&mut self) -> Result<(), Wrong> {
        let mut looks = if self.faults == Faults::Lost { 2 } else { 0 };
        for _ in 0..MOST_ROUNDS {
            if self.faults == Faults::Lost {
                self.news.clear();
            }
            while !self.news.is_empty() {
                self.tell();
            }
            let mut busy = self.all_go_on().await?;
            while self.store.inside().go_on(&mut self.dice) {
                busy = true;
            }
            busy |= self.someone_sleeps;
            self.pass().await;
            self.settle();
            if busy {
                continue;
            }
            if self.speak_up() {
                continue;
            }
            if looks == 0 {
                return Ok(());
            }
            looks -= 1;
            self.sweep().await;
        }
        Err("it does not come to rest".into())
    }

    /// Without a sweeper only news tells that a history began anew.
    fn speak_up(&mut self) -> bool {
        let silent = (0..PEOPLE).find(|who| self.silent[*who] && self.faults == Faults::Late);
        if let Some(who) = silent {
            let change = self.store.inside().commit(who);
            self.committed(who, change);
        }
        silent.is_some()
    }

    /// All that was heard, in order.
    pub fn heard(&self) -> Vec<State> {
        self.known.clone()
    }

    /// Everybody who listens knows all that happened.
    pub fn is_whole(&self) -> Result<(), Wrong> {
        let inside = self.store.inside();
        match self.listeners.iter().find(|listener| !listener.is_whole(&inside)) {
            Some(behind) => {
                Err(format!("user{} stands elsewhere than at {}", behind.who, inside.head(behind.who)))
            }
            None => Ok(()),
        }
    }
}
