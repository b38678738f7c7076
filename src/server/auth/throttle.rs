//! How often a password may be guessed: so often a minute for one account, and so often from one address.
//!
//! A try costs from its beginning, so that many at once are not more than may be; whoever turns out to be
//! right is given it back. A refusal comes before any work, and says nothing of whether there is such an account.

use std::{
    convert::Infallible,
    hash::Hash,
    net::IpAddr,
    num::NonZeroU32,
    sync::Arc,
    time::{Duration, Instant},
};

use governor::{
    Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    nanos::Nanos,
    state::{
        StateStore,
        keyed::{HashMapStateStore, ShrinkableKeyedStateStore},
    },
};

use crate::domain::UserId;

/// How many accounts, and how many addresses, are remembered at most. Far more than can be tried in a minute:
/// what is older is forgotten before any is refused for want of room.
const MOST: usize = 50_000;

/// How many wrong passwords a minute are looked at.
#[derive(Clone, Copy, Debug)]
pub struct Allowed {
    /// For one account.
    pub account: NonZeroU32,
    /// From one address.
    pub address: NonZeroU32,
}

/// Counts tries. Cloning it is cheap.
#[derive(Clone)]
pub struct Throttle {
    /// None: as many as come.
    tries: Option<(Tries<UserId>, Tries<IpAddr>)>,
}

impl Throttle {
    /// Lets so many through; none: as many as come.
    pub fn new(allowed: Option<Allowed>) -> Self {
        let tries = allowed
            .map(|Allowed { account, address }| (Tries::new(account, MOST), Tries::new(address, MOST)));
        Self { tries }
    }

    /// Begins a try for an account, if it can be one, from an address if that is counted.
    ///
    /// # Errors
    /// Not now, but after so long.
    pub fn begin(&self, user: Option<&UserId>, address: Option<IpAddr>) -> Result<Try, Duration> {
        let Some((accounts, addresses)) = &self.tries else { return Ok(Try { taken: None }) };
        if let Some(address) = &address {
            addresses.take(address)?;
        }
        let begun = Try { taken: Some((self.clone(), user.cloned(), address)) };
        match user.map_or(Ok(()), |user| accounts.take(user)) {
            Ok(()) => Ok(begun),
            Err(wait) => {
                begun.give_back_address();
                Err(wait)
            }
        }
    }
}

/// A try that has begun. Dropped, it counts as wrong: who leaves before the answer has tried all the same.
#[must_use]
pub struct Try {
    taken: Option<(Throttle, Option<UserId>, Option<IpAddr>)>,
}

impl Try {
    /// It was right, or was not looked at: it does not count.
    pub fn give_back(self) {
        if let Some((Throttle { tries: Some((accounts, _)) }, Some(user), _)) = &self.taken {
            accounts.give_back(user);
        }
        self.give_back_address();
    }

    fn give_back_address(self) {
        if let Some((Throttle { tries: Some((_, addresses)) }, _, Some(address))) = &self.taken {
            addresses.give_back(address);
        }
    }
}

/// What the limiter keeps, shared with it: the limiter itself takes nothing back.
struct States<K>(Arc<HashMapStateStore<K>>);

impl<K: Hash + Eq + Clone> StateStore for States<K> {
    type Key = K;

    fn measure_and_replace<T, F, E>(&self, key: &K, measure: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        self.0.measure_and_replace(key, measure)
    }
}

/// The tries for each of something.
struct Tries<K: Hash + Eq + Clone> {
    limiter: Arc<RateLimiter<K, States<K>, DefaultClock>>,
    states: Arc<HashMapStateStore<K>>,
    /// When the limiter began: it counts from then.
    began: Instant,
    /// How long until one more is allowed.
    interval: Duration,
    most: usize,
}

impl<K: Hash + Eq + Clone> Clone for Tries<K> {
    fn clone(&self) -> Self {
        Self { limiter: self.limiter.clone(), states: self.states.clone(), ..*self }
    }
}

impl<K: Hash + Eq + Clone> Tries<K> {
    fn new(a_minute: NonZeroU32, most: usize) -> Self {
        let quota = Quota::per_minute(a_minute);
        let states = Arc::<HashMapStateStore<K>>::default();
        let limiter = RateLimiter::new(quota, States(states.clone()), DefaultClock::default());
        let (began, interval) = (Instant::now(), quota.replenish_interval());
        Self { limiter: Arc::new(limiter), states, began, interval, most }
    }

    fn take(&self, key: &K) -> Result<(), Duration> {
        if self.states.len() >= self.most {
            // Who could try as often as a stranger is forgotten: the limiter itself would wait an interval more.
            self.states.retain_recent(self.began.elapsed().into());
            self.states.shrink_to_fit();
            if self.states.len() >= self.most {
                return Err(self.interval);
            }
        }
        let early = |until: governor::NotUntil<_>| until.wait_time_from(self.limiter.clock().now());
        self.limiter.check_key(key).map_err(early)
    }

    /// What is kept is when the next try would be on time, were they evenly spread: one more is one interval
    /// earlier.
    fn give_back(&self, key: &K) {
        let interval = Nanos::from(self.interval);
        let earlier = |at: Option<Nanos>| {
            let at = at.unwrap_or(Nanos::new(0)).saturating_sub(interval);
            Ok::<_, Infallible>(((), at))
        };
        let Ok(()) = self.states.measure_and_replace(key, earlier);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(id: &str) -> UserId {
        id.parse().unwrap()
    }

    fn throttle(account: u32, address: u32) -> Throttle {
        let number = |number| NonZeroU32::new(number).unwrap();
        Throttle::new(Some(Allowed { account: number(account), address: number(address) }))
    }

    /// How many tries of these begin.
    fn begun<'a>(throttle: &Throttle, tries: impl IntoIterator<Item = (&'a str, &'a str)>) -> usize {
        let begin =
            |(id, address): (&str, &str)| throttle.begin(id.parse().ok().as_ref(), address.parse().ok());
        tries.into_iter().filter(|it| begin(*it).is_ok()).count()
    }

    #[test]
    fn so_many_tries_of_an_account_are_looked_at_wherever_they_come_from() {
        let throttle = throttle(3, 100);
        assert_eq!(begun(&throttle, [("ada", ""), ("ada", "10.0.0.1"), ("ada", "10.0.0.2"), ("ada", "")]), 3);
        assert_eq!(begun(&throttle, [("grace", "")]), 1);
        let wait = throttle.begin(Some(&user("ada")), None).err().unwrap();
        assert!(wait <= Duration::from_secs(20) && wait > Duration::from_secs(15), "{wait:?}");
    }

    #[test]
    fn so_many_tries_from_an_address_are_looked_at_whomever_they_are_for() {
        let throttle = throttle(100, 2);
        let names = ["a", "b", "c"];
        for (from, count) in [("192.0.2.7", 2), ("192.0.2.7", 0), ("2001:db8::", 2), ("", 3)] {
            assert_eq!(begun(&throttle, names.map(|name| (name, from))), count, "{from}");
        }
    }

    #[test]
    fn who_is_right_is_given_the_try_back() {
        let throttle = throttle(2, 2);
        let address = "192.0.2.7".parse().ok();
        for _ in 0..10 {
            throttle.begin(Some(&user("ada")), address).unwrap().give_back();
        }
        assert_eq!(begun(&throttle, [("ada", "192.0.2.7"); 3]), 2);
    }

    #[test]
    fn an_account_that_is_refused_costs_its_address_nothing() {
        let throttle = throttle(1, 3);
        assert_eq!(begun(&throttle, [("ada", "192.0.2.7"); 9]), 1);
        assert_eq!(begun(&throttle, [("b", "192.0.2.7"), ("c", "192.0.2.7"), ("d", "192.0.2.7")]), 2);
    }

    #[test]
    fn a_name_that_nobody_can_have_counts_for_its_address() {
        let throttle = throttle(1, 3);
        assert_eq!(begun(&throttle, [("!", "192.0.2.7"); 9]), 3);
        assert_eq!(begun(&throttle, [("", ""); 9]), 9);
    }

    #[test]
    fn without_limits_all_are_looked_at() {
        assert_eq!(begun(&Throttle::new(None), [("ada", "192.0.2.7"); 1_000]), 1_000);
    }

    #[test]
    fn a_flood_of_names_is_remembered_up_to_a_number_and_who_was_right_not_at_all() {
        let tries = Tries::new(NonZeroU32::new(10).unwrap(), 100);
        for name in 0..1_000 {
            tries.take(&name).unwrap();
            tries.give_back(&name);
            assert!(tries.states.len() <= 100);
        }
        let taken = (1_000..2_000).filter(|name| tries.take(name).is_ok()).count();
        assert!((1..=100).contains(&taken), "{taken}");
        assert!(tries.states.len() <= 100);
    }
}
