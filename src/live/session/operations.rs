//! Which operations the owner wants, and under which ids they run on the present connection.

/// The operations of a session. Ids are never used twice, so that a frame that was on its way when
/// its operation ended is never taken for another's.
#[derive(Debug, Default)]
pub(super) struct Operations {
    running: Vec<Running>,
    last_id: u32,
}

#[derive(Debug)]
struct Running {
    operation: usize,
    /// None while there is no connection to run on.
    id: Option<String>,
}

impl Operations {
    /// Wants an operation; whether it was not wanted already.
    pub(super) fn add(&mut self, operation: usize) -> bool {
        let new = self.running.iter().all(|running| running.operation != operation);
        if new {
            self.running.push(Running { operation, id: None });
        }
        new
    }

    /// Gives an id to each that has none, and says which.
    pub(super) fn start(&mut self) -> Vec<(usize, String)> {
        let mut started = Vec::new();
        for running in self.running.iter_mut().filter(|running| running.id.is_none()) {
            self.last_id += 1;
            let id = self.last_id.to_string();
            running.id = Some(id.clone());
            started.push((running.operation, id));
        }
        started
    }

    /// The connection is gone: none runs any more, each is still wanted.
    pub(super) fn stop(&mut self) {
        for running in &mut self.running {
            running.id = None;
        }
    }

    /// Wants an operation no longer; its id, if it runs.
    pub(super) fn remove(&mut self, operation: usize) -> Option<String> {
        let index = self.running.iter().position(|running| running.operation == operation)?;
        self.running.remove(index).id
    }

    /// The operation that runs under an id.
    pub(super) fn named(&self, id: &str) -> Option<usize> {
        let running = self.running.iter().find(|running| running.id.as_deref() == Some(id))?;
        Some(running.operation)
    }
}
