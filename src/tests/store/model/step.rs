//! One operation, what it must answer, and what it does to the history.

use belfry::{
    domain::{Act, Alert, Change, Filter, NewAlert, Place, Position, Severity, State, What},
    server::store::Raised,
};
use proptest::prelude::*;
use time::{Duration, OffsetDateTime};

use super::{History, check};
use crate::store::support::{House, alert, fresh};

#[derive(Clone, Debug)]
pub(super) enum Step {
    Raise { who: usize, kind: usize, severity: usize, key: Option<usize>, expires: bool },
    Act { who: usize, place: usize, act: Act },
    MarkAll { who: usize, back: u32, filter: Filter },
    See { who: usize, back: u32 },
    Expire { who: usize, place: usize },
    Wake { who: usize, place: usize },
    EndSession { who: usize },
}

pub(super) fn any() -> impl Strategy<Value = Step> {
    let who = 0..3_usize;
    let place = 0..20_usize;
    prop_oneof![
        5 => (who.clone(), 0..3_usize, 0..4_usize, prop::option::of(0..3_usize), prop::bool::ANY)
            .prop_map(|(who, kind, severity, key, expires)| Step::Raise { who, kind, severity, key, expires }),
        6 => (who.clone(), place.clone(), act()).prop_map(|(who, place, act)| Step::Act { who, place, act }),
        2 => (who.clone(), 0..8_u32, check::filter())
            .prop_map(|(who, back, filter)| Step::MarkAll { who, back, filter }),
        2 => (who.clone(), 0..8_u32).prop_map(|(who, back)| Step::See { who, back }),
        1 => (who.clone(), place.clone()).prop_map(|(who, place)| Step::Expire { who, place }),
        2 => (who.clone(), place).prop_map(|(who, place)| Step::Wake { who, place }),
        1 => who.prop_map(|who| Step::EndSession { who }),
    ]
}

fn act() -> impl Strategy<Value = Act> {
    let snooze = |days| Act::Snooze(OffsetDateTime::UNIX_EPOCH + Duration::days(days));
    prop::sample::select([&Act::PLAIN[..], &[snooze(40_000), snooze(40_001)]].concat())
}

impl Step {
    pub(super) async fn take(self, house: &House, histories: &mut [History]) {
        match self {
            Self::Raise { who, kind, severity, key, expires } => {
                let sent = NewAlert {
                    kind: check::KINDS[kind].into(),
                    severity: Severity::ALL[severity],
                    idempotency_key: key.map(|key| format!("{who} {key}")),
                    expires_at: expires.then(|| OffsetDateTime::UNIX_EPOCH + Duration::days(40_000)),
                    ..alert(&histories[who].user)
                };
                raise(house, &mut histories[who], &sent).await;
            }
            Self::Act { who, place, act } => do_it(house, &mut histories[who], place, act).await,
            Self::MarkAll { who, back, filter } => mark_all(house, &histories[who], back, &filter).await,
            Self::See { who, back } => see(house, &mut histories[who], back).await,
            Self::Expire { who, place } => expire(house, &histories[who], place).await,
            Self::Wake { who, place } => wake(house, &mut histories[who], place).await,
            Self::EndSession { who } => end_session(house, &histories[who]).await,
        }
    }
}

fn is_next(change: &Change, history: &History, what: &What) {
    assert_eq!((change.position.revision, &change.what), (history.head() + 1, what));
}

async fn raise(house: &House, history: &mut History, sent: &NewAlert) {
    let known = sent.idempotency_key.as_ref().and_then(|key| history.keys.get(key));
    match (house.store.raise("test", fresh(), sent).await.unwrap(), known) {
        (Raised::New(change), None) => {
            is_next(&change, history, &What::Raised);
            let id = change.ids[0];
            history.unread_since.insert(id, change.position.revision);
            history.keys.extend(sent.idempotency_key.clone().map(|key| (key, (sent.clone(), id))));
        }
        (Raised::Again(first), Some((before, id))) => assert_eq!((before, id), (sent, &first.id)),
        (Raised::KeyTaken, Some((before, _))) => assert_ne!(before, sent),
        (raised, known) => panic!("{raised:?} where {known:?} was known"),
    }
}

async fn do_it(house: &House, history: &mut History, place: usize, act: Act) {
    let Some((id, before, until)) = history.nth(place) else { return };
    let after = before.after(act);
    let marked = house.store.mark(&history.user, id, act, &[]).await.unwrap();
    assert_eq!(marked.is_some(), before.admits(act));
    let Some(marked) = marked else { return };
    assert_eq!(marked.change.is_some(), before != after || act.until() != until && act.until().is_some());
    assert_eq!(marked.alert.as_ref().map(Alert::state), Some(after).filter(|after| after.place.is_some()));
    if act == Act::Delete {
        history.thrown.entry(id).or_insert(after);
    } else {
        history.thrown.remove(&id);
    }
    let Some(change) = marked.change else { return };
    is_next(&change, history, &act.into());
    // What comes into a list was not seen in it before.
    if act != Act::Read {
        history.unread_since.insert(id, change.position.revision);
    }
}

async fn mark_all(house: &House, history: &History, back: u32, filter: &Filter) {
    let head = house.head(&history.user).await;
    let seen = Position { revision: head.revision.saturating_sub(back), ..head };
    let mut expected: Vec<_> = history.now().alerts.iter().collect();
    expected
        .retain(|it| it.is_unread() && filter.matches(it) && history.unread_since[&it.id] <= seen.revision);
    let expected: Vec<_> = expected.iter().rev().map(|it| it.id).collect();
    let marked = house.store.mark_all(&history.user, seen, filter, &[]).await.unwrap().unwrap();
    assert_eq!(marked.change.as_ref().map_or(&[][..], |change| &change.ids), expected);
    if let Some(change) = marked.change {
        is_next(&change, history, &What::AllRead);
    }
}

async fn see(house: &House, history: &mut History, back: u32) {
    let head = house.head(&history.user).await;
    let up_to = Position { revision: head.revision.saturating_sub(back), ..head };
    let is_unseen = |alert: &&Alert| alert.state() == State::RAISED && alert.created_revision > history.seen;
    let mut unseen = history.now().alerts.iter().filter(is_unseen);
    let expected = unseen.any(|alert| alert.created_revision <= up_to.revision);
    let marked = house.store.see(&history.user, up_to, &[]).await.unwrap().unwrap();
    assert_eq!(marked.change.is_some(), expected);
    if let Some(change) = marked.change {
        is_next(&change, history, &What::Seen(up_to.revision));
        history.seen = up_to.revision;
    }
}

/// What was put off comes back, as new.
async fn wake(house: &House, history: &mut History, place: usize) {
    let mut snoozed = history.now().alerts.iter().filter(|alert| alert.place() == Place::Snoozed).cycle();
    let Some(Alert { id, created_revision, .. }) = snoozed.nth(place).cloned() else { return };
    let which = format!("user_id = '{}' and created_revision = {created_revision}", history.user);
    house.database.make_waking(&which).await;
    let changes = house.store.fall_due().await.unwrap();
    assert_eq!((changes.len(), &changes[0].ids[..]), (1, &[id][..]));
    is_next(&changes[0], history, &What::Woken);
    let woken = &changes[0].alerts[0];
    assert_eq!((woken.state(), woken.created_revision), (State::RAISED, changes[0].position.revision));
    history.unread_since.insert(id, woken.revision);
}

async fn expire(house: &House, history: &History, place: usize) {
    let alerts = &history.now().alerts;
    let Some(alert) = place.checked_rem(alerts.len()).map(|place| &alerts[place]) else { return };
    let which = format!("user_id = '{}' and created_revision = {}", history.user, alert.created_revision);
    house.database.make_due(&which).await;
    let changes = house.store.fall_due().await.unwrap();
    assert_eq!(changes.len(), 1);
    assert_eq!(changes[0].ids, [alert.id]);
    is_next(&changes[0], history, &What::Expired);
}

async fn end_session(house: &House, history: &History) {
    let store = &house.store;
    house.sign_in("s", &history.user).await;
    let change = store.end_session("s").await.unwrap().unwrap();
    assert_eq!((change.position.revision, change.ids.len()), (history.head() + 1, 0));
}
