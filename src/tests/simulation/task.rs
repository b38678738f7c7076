//! A future that goes on when the scheduler lets it, and only when something woke it.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

use tokio::task::coop::unconstrained;

pub struct Task<T> {
    work: Pin<Box<dyn Future<Output = T>>>,
    woken: Arc<Woken>,
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl<T> Task<T> {
    pub fn of(work: impl Future<Output = T> + 'static) -> Self {
        Self { work: Box::pin(unconstrained(work)), woken: Arc::new(Woken(AtomicBool::new(true))) }
    }

    pub fn is_woken(&self) -> bool {
        self.woken.0.load(Ordering::Relaxed)
    }

    /// Goes on to where it waits again, or to its end.
    pub fn go_on(&mut self) -> Option<T> {
        if !self.woken.0.swap(false, Ordering::Relaxed) {
            return None;
        }
        match self.work.as_mut().poll(&mut Context::from_waker(&Waker::from(self.woken.clone()))) {
            Poll::Ready(done) => Some(done),
            Poll::Pending => None,
        }
    }
}
