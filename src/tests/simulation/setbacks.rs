//! The store goes back, and the sweeper looks.

use std::mem;

use super::{
    Wrong,
    store::PEOPLE,
    task::Task,
    world::{Recovery, Sweeping, World},
};

impl World {
    /// Begins a look, or lets it go on.
    pub async fn sweep(&mut self) {
        let mut task = match mem::replace(&mut self.sweeping, Sweeping::Changing) {
            Sweeping::Looking(task) => task,
            Sweeping::Idle(mut sweeper) => {
                self.recovery = self.recovery.take().map(|_| Recovery::Looking);
                let store = self.store.clone();
                Task::of(async move {
                    let looked = sweeper.look(&*store).await;
                    (sweeper, looked)
                })
            }
            Sweeping::Changing => return,
        };
        self.sweeping = match task.go_on() {
            None => Sweeping::Looking(task),
            Some((sweeper, looked)) => {
                if looked.is_ok() && self.recovery == Some(Recovery::Looking) {
                    self.recovery = Some(Recovery::Seen);
                }
                // What it sends to the log goes.
                tokio::task::yield_now().await;
                Sweeping::Idle(sweeper)
            }
        };
    }

    pub fn restore(&mut self) {
        self.store.inside().restore(&mut self.dice);
        self.silent = [true; PEOPLE];
        (0..PEOPLE).for_each(|who| self.note(who));
    }

    /// A server that has not all takes over. That takes longer than what is under way: reads fail, and
    /// news arrives or is lost.
    pub async fn fail_over(&mut self) -> Result<(), Wrong> {
        self.news.clear();
        loop {
            let mut busy = false;
            while self.store.inside().fail(&mut self.dice) {
                (self.someone_sleeps, busy) = (true, true);
            }
            busy |= self.all_go_on().await?;
            if !busy {
                break;
            }
        }
        self.store.inside().fail_over(&mut self.dice);
        (0..PEOPLE).for_each(|who| self.note(who));
        self.recovery = Some(Recovery::Unseen);
        Ok(())
    }
}
