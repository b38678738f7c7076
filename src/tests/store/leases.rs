//! What only one node may do, and what it may write.

use std::time::Duration;

use belfry::{
    domain::{NewAlert, What},
    server::store::{Duty, Lease, Raised, Under},
};
use tokio::{task::JoinSet, time::timeout};

use super::support::{House, alert, fresh, keyed, user};
use crate::support::database::Database;

const TERM: Duration = Duration::from_secs(60);

const PATIENCE: Duration = Duration::from_secs(10);

impl House {
    async fn take(&self, duty: Duty) -> Option<Lease> {
        self.store.take_lease(duty, TERM).await.unwrap()
    }

    /// The lease is taken over, though nobody gave it up.
    async fn overtake(&self, duty: Duty) -> Lease {
        let past = self.database.ago(1);
        self.database
            .tamper(&format!("update leases set until = {past} where name = '{}'", duty.name()))
            .await;
        self.take(duty).await.unwrap()
    }
}

#[tokio::test]
async fn a_lease_has_one_holder_and_each_duty_a_lease() {
    let house = House::new().await;
    let other = House { store: house.database.open().await, database: house.database.clone() };
    let lease = house.take(Duty::Stream).await.unwrap();
    assert_eq!((house.take(Duty::Stream).await, other.take(Duty::Stream).await), (None, None));
    assert_eq!(other.take(Duty::Bridge).await.map(|lease| lease.duty), Some(Duty::Bridge));
    other.store.give_up_lease(Lease { number: lease.number + 1, ..lease }).await.unwrap();
    assert_eq!(other.take(Duty::Stream).await, None, "nobody gives up what another holds");
    house.store.give_up_lease(lease).await.unwrap();
    let next = other.take(Duty::Stream).await.unwrap();
    assert_eq!(next.number, lease.number + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_take_it_at_once_one_has_it() {
    let house = House::new().await;
    for round in 1..=5 {
        let mut tasks = JoinSet::new();
        for _ in 0..10 {
            let database = house.database.clone();
            tasks.spawn(async move { database.open().await.take_lease(Duty::Stream, TERM).await.unwrap() });
        }
        let taken: Vec<_> = tasks.join_all().await.into_iter().flatten().collect();
        assert_eq!(taken.iter().map(|lease| lease.number).collect::<Vec<_>>(), [round]);
        house.store.give_up_lease(taken[0]).await.unwrap();
    }
}

#[tokio::test]
async fn a_lease_ends_with_its_term_and_lives_by_renewal() {
    let house = House::new().await;
    let brief = Duration::from_millis(300);
    let first = house.store.take_lease(Duty::Stream, brief).await.unwrap().unwrap();
    let next = async {
        loop {
            if let Some(next) = house.take(Duty::Stream).await {
                return next;
            }
        }
    };
    let next = timeout(PATIENCE, next).await.unwrap();
    assert_eq!(next.number, first.number + 1);
    assert!(!house.store.renew_lease(first, TERM).await.unwrap());
    assert!(house.store.renew_lease(next, TERM).await.unwrap());
    // Who was not renewed in time and not replaced either goes on.
    let past = house.database.ago(1);
    house.database.tamper(&format!("update leases set until = {past}")).await;
    assert!(house.store.renew_lease(next, TERM).await.unwrap());
    assert_eq!(house.take(Duty::Stream).await, None);
}

#[tokio::test]
async fn what_the_holder_raises_is_an_alert_and_once_for_each_key() {
    let house = House::new().await;
    let lease = house.take(Duty::Stream).await.unwrap();
    let sent = keyed(&user("ada"), "k");
    let raised = house.store.raise_under(lease, fresh(), &sent).await.unwrap();
    let Under::Done(Raised::New(change)) = raised else { panic!("{raised:?}") };
    assert_eq!((change.position.revision, &change.what), (1, &What::Raised));
    let again = house.store.raise_under(lease, fresh(), &sent).await.unwrap();
    assert_eq!(again, Under::Done(Raised::Again(Box::new(change.alerts[0].clone()))));
    let other = NewAlert { title: "other".into(), ..sent.clone() };
    assert_eq!(house.store.raise_under(lease, fresh(), &other).await.unwrap(), Under::Done(Raised::KeyTaken));
    // Publishers with tokens have keys of their own, and so has the bridge.
    house.raise(&sent).await;
    let bridge = house.take(Duty::Bridge).await.unwrap();
    let raised = house.store.raise_under(bridge, fresh(), &sent).await.unwrap();
    assert!(matches!(raised, Under::Done(Raised::New(_))), "{raised:?}");
}

#[tokio::test]
async fn a_holder_that_slept_through_a_takeover_writes_nothing() {
    let house = House::new().await;
    let ada = user("ada");
    let id = house.raise_some(&ada, 1).await[0];
    let asleep = house.take(Duty::Stream).await.unwrap();
    let sent = keyed(&ada, "k");
    house.store.raise_under(asleep, fresh(), &sent).await.unwrap();
    let awake = house.overtake(Duty::Stream).await;
    let before = house.head(&ada).await;
    for alert in [alert(&ada), alert(&user("bob")), keyed(&ada, "other"), sent] {
        let raised = house.store.raise_under(asleep, fresh(), &alert).await.unwrap();
        assert!(raised == Under::Lost || matches!(raised, Under::Done(Raised::Again(_))), "{raised:?}");
    }
    assert_eq!(house.store.read_under(asleep, &ada, &id.to_string()).await.unwrap(), Under::Lost);
    assert_eq!((house.head(&ada).await, house.unread(&ada).await), (before, 2));
    assert_eq!(house.store.person(&user("bob")).await.unwrap(), None);
    let raised = house.store.raise_under(awake, fresh(), &alert(&ada)).await.unwrap();
    assert!(matches!(raised, Under::Done(Raised::New(_))), "{raised:?}");
}

#[tokio::test]
async fn what_was_read_elsewhere_is_named_by_its_own_id_or_its_sources() {
    let house = House::new().await;
    let (ada, eve) = (user("ada"), user("eve"));
    let own = house.raise_some(&ada, 1).await[0];
    let lease = house.take(Duty::Bridge).await.unwrap();
    house.store.raise_under(lease, fresh(), &keyed(&ada, "17")).await.unwrap();
    let bridged = house.inbox(&ada).await[0].id;
    let read =
        async |user, name: &str| house.store.read_under(lease, user, name).await.unwrap().done().unwrap();
    for name in ["17", &own.to_string()] {
        assert_eq!(read(&eve, name).await, None);
    }
    assert_eq!(read(&ada, "18").await, None);
    assert_eq!(house.unread(&ada).await, 2);
    let change = read(&ada, "17").await.unwrap().change.unwrap();
    assert_eq!((change.ids, change.counts.unread, change.what), (vec![bridged], 1, What::Read));
    assert_eq!(read(&ada, "17").await.unwrap().change, None);
    assert!(read(&ada, &own.to_string()).await.unwrap().change.is_some());
    assert_eq!(house.unread(&ada).await, 0);
    let sources = house.store.sources(&[own, bridged]).await.unwrap();
    assert_eq!(sources, [(bridged, "17".to_owned())].into());
}

#[tokio::test]
async fn a_takeover_waits_for_what_is_being_written() {
    let house = House::on(Database::on_server()).await;
    let ada = user("ada");
    house.raise_some(&ada, 1).await;
    let lease = house.take(Duty::Stream).await.unwrap();
    // Who holds the inbox holds up the writer, which holds the lease's key.
    let mut other = house.database.connect().await;
    other.run("begin; select from inboxes where user_id = 'ada' for update").await;
    let store = house.store.clone();
    let writing = tokio::spawn(async move { store.raise_under(lease, fresh(), &alert(&user("ada"))).await });
    let mut look = house.database.connect().await;
    let waits = "select count(*)::text from pg_locks where not granted";
    let waited = async { while look.text(waits).await == "0" {} };
    timeout(PATIENCE, waited).await.unwrap();
    assert!(house.store.renew_lease(lease, Duration::ZERO).await.unwrap(), "a renewal does not wait");
    let store = house.store.clone();
    let taking = tokio::spawn(async move { store.take_lease(Duty::Stream, TERM).await.unwrap().unwrap() });
    let waited = async { while look.text(waits).await == "1" {} };
    timeout(PATIENCE, waited).await.unwrap();
    assert!(!taking.is_finished());
    other.let_go().await;
    let raised = writing.await.unwrap().unwrap();
    assert!(matches!(raised, Under::Done(Raised::New(_))), "{raised:?}");
    assert_eq!(taking.await.unwrap().number, lease.number + 1);
    assert_eq!(house.store.raise_under(lease, fresh(), &alert(&ada)).await.unwrap(), Under::Lost);
}
