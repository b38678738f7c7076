//! Reading for as long as the lease and a connection last.

use std::{collections::HashSet, sync::atomic::Ordering, time::Duration};

use redis::{RedisResult, aio::ConnectionLike};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{
    PAUSE, Stream,
    entry::{self, Content, Entry},
    queue::{PAGE, Queue},
    waits::Waits,
};
use crate::{
    domain::{Alert, NewAlert, UserId},
    server::{
        alerts::{AlertsError, Refusal},
        ingest::{field::MOST_BYTES, lanes},
        store::{Lease, Under},
    },
};

/// How often the stream is trimmed while something is read.
const TRIM: Duration = Duration::from_secs(1);

/// The reader of one term.
pub(super) struct Reader<'a, C> {
    stream: &'a Stream,
    pub(super) queue: Queue<C>,
    lease: Lease,
    stop: &'a CancellationToken,
    /// When the stream was trimmed, and whether something was done since.
    trimmed: Instant,
    untrimmed: bool,
    waits: Waits,
}

/// What came of a look at the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// All was done, and the next entry waited for.
    Clean,
    /// Something has to be tried again.
    Again,
    /// What had to wait is to be tried now, though the end of the stream was not reached.
    Now,
    /// The lease is another's.
    Lost,
}

/// What came of some entries.
#[derive(Default)]
struct Outcome {
    done: Vec<String>,
    refused: Vec<(Entry, String)>,
    /// For whom something was stored or refused.
    served: Vec<UserId>,
    /// For whom the store failed: their later entries wait as well.
    stuck: HashSet<UserId>,
    lost: bool,
}

/// An entry with the alert that it raises.
type Raise = (Entry, NewAlert);

impl<'a, C: ConnectionLike + Send> Reader<'a, C> {
    pub(super) fn new(
        stream: &'a Stream,
        queue: Queue<C>,
        lease: Lease,
        stop: &'a CancellationToken,
    ) -> Self {
        let (trimmed, waits) = (Instant::now(), Waits::default());
        Self { stream, queue, lease, stop, trimmed, untrimmed: true, waits }
    }

    /// Does all that can be done; then, if that was all, waits for something new.
    ///
    /// # Errors
    /// Redis failed.
    pub(super) async fn turn(&mut self) -> RedisResult<Turn> {
        let turn = self.look().await?;
        if turn == Turn::Clean && !self.stop.is_cancelled() {
            tokio::select! {
                () = self.stop.cancelled() => {}
                waited = self.queue.wait() => waited?,
            }
        }
        Ok(turn)
    }

    /// Goes through what is not done, from the oldest to the end of the stream.
    async fn look(&mut self) -> RedisResult<Turn> {
        let (mut after, mut stuck, mut kept) = ("0".to_owned(), self.waits.people(), true);
        let mut fruitful = None;
        while !self.stop.is_cancelled() {
            let page = self.page(&after).await?;
            let Some(last) = page.last() else { break };
            after.clone_from(&last.id);
            let outcome = self.raise(page, &stuck).await;
            if !outcome.done.is_empty() {
                fruitful.get_or_insert_with(Instant::now);
            }
            self.done(&outcome.done).await?;
            if outcome.lost {
                return Ok(Turn::Lost);
            }
            kept &= self.bury(outcome.refused).await?;
            self.note(&outcome.served, &outcome.stuck);
            // Where nothing can be stored, for several people, there is no use in reading on.
            let useless = outcome.served.is_empty() && outcome.stuck.len() > 1;
            stuck.extend(outcome.stuck);
            if useless {
                break;
            }
            self.trim().await?;
            // Others' entries may come for ever. Some of them are done first, whatever else there is.
            let long = fruitful.is_some_and(|since: Instant| since.elapsed() > PAUSE);
            if long && (!kept || self.waits.are_over(&stuck)) {
                return Ok(Turn::Now);
            }
        }
        self.trim().await?;
        if !kept || !stuck.is_empty() {
            return Ok(Turn::Again);
        }
        self.waits.clear();
        Ok(Turn::Clean)
    }

    /// Notes whose entries are to be left alone for a while.
    fn note(&mut self, served: &[UserId], stuck: &HashSet<UserId>) {
        for user in served {
            self.waits.worked(user);
        }
        for user in stuck {
            self.waits.failed(user.clone());
        }
    }

    async fn page(&mut self, after: &str) -> RedisResult<Vec<Entry>> {
        let most = self.stream.page.load(Ordering::Relaxed);
        let page = self.queue.next(after, most).await;
        match &page {
            Ok(_) => self.stream.page.store((most * 2).min(PAGE), Ordering::Relaxed),
            Err(error) if error.is_timeout() => self.stream.page.store(1, Ordering::Relaxed),
            Err(_) => {}
        }
        page
    }

    /// Raises a page of entries, but for those of people whose entries wait.
    async fn raise(&self, page: Vec<Entry>, stuck: &HashSet<UserId>) -> Outcome {
        let (mut outcome, mut raises) = (Outcome::default(), Vec::new());
        for entry in page {
            match &entry.content {
                Content::Gone => outcome.done.push(entry.id),
                Content::TooLarge(size) => {
                    let reason = format!("it has {size} bytes, and {MOST_BYTES} is the most");
                    outcome.refused.push((entry, reason));
                }
                Content::Fields(fields) => match entry::parse(&entry.id, fields) {
                    Ok(alert) if stuck.contains(&alert.recipient) => {}
                    Ok(alert) => raises.push((alert.recipient.clone(), (entry, alert))),
                    Err(refused) => outcome.refused.push((entry, refused.to_string())),
                },
            }
        }
        for lane in lanes::each(raises, |user, raises| self.lane(user, raises)).await {
            outcome.done.extend(lane.done);
            outcome.refused.extend(lane.refused);
            outcome.served.extend(lane.served);
            outcome.stuck.extend(lane.stuck);
            outcome.lost |= lane.lost;
        }
        outcome
    }

    /// Raises one person's entries, one after the other, up to one that the store failed for.
    async fn lane(&self, user: UserId, raises: Vec<Raise>) -> Outcome {
        let mut outcome = Outcome::default();
        for (entry, alert) in raises {
            if self.stop.is_cancelled() {
                break;
            }
            match self.raise_one(&entry, alert).await {
                Ok(Under::Done(_)) => outcome.done.push(entry.id),
                Ok(Under::Lost) => {
                    outcome.lost = true;
                    break;
                }
                Err(AlertsError::Refused(refusal)) => outcome.refused.push((entry, refusal.to_string())),
                Err(fault) => {
                    self.stream.raising.note(Err::<(), _>(fault));
                    outcome.stuck.insert(user.clone());
                    break;
                }
            }
        }
        if !outcome.done.is_empty() || !outcome.refused.is_empty() {
            outcome.served.push(user);
        }
        outcome
    }

    async fn raise_one(&self, entry: &Entry, alert: NewAlert) -> Result<Under<Alert>, AlertsError> {
        match self.stream.alerts.raise_under(self.lease, alert).await {
            Err(AlertsError::Refused(Refusal::KeyTaken)) => match entry::told_apart(entry) {
                Some(alert) => self.stream.alerts.raise_under(self.lease, alert).await,
                None => Err(Refusal::KeyTaken.into()),
            },
            raised => raised,
        }
    }

    /// Puts entries among the refused ones. False: there they cannot be kept now.
    async fn bury(&mut self, refused: Vec<(Entry, String)>) -> RedisResult<bool> {
        if refused.is_empty() {
            return Ok(true);
        }
        match self.queue.bury(&refused).await {
            // Not what Redis says of that key, but that it cannot be asked.
            Err(error) if error.clone().into_server_errors().is_none() => return Err(error),
            outcome => {
                if self.stream.keeping.note(outcome).is_none() {
                    return Ok(false);
                }
            }
        }
        for (_, reason) in &refused {
            self.stream.refusals.say(reason);
        }
        let ids: Vec<_> = refused.into_iter().map(|(entry, _)| entry.id).collect();
        self.done(&ids).await?;
        Ok(true)
    }

    async fn done(&mut self, ids: &[String]) -> RedisResult<()> {
        self.untrimmed |= !ids.is_empty();
        self.queue.done(ids).await
    }

    async fn trim(&mut self) -> RedisResult<()> {
        if self.untrimmed && self.trimmed.elapsed() > TRIM {
            self.queue.trim().await?;
            self.trimmed = Instant::now();
            self.untrimmed = false;
        }
        Ok(())
    }
}
