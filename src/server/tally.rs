//! How many of something each of many holds, where no one may hold more than so many.

use std::{hash::Hash, sync::Arc};

use dashmap::{DashMap, Entry};

/// Who holds how many. Clones are handles to the same. Whoever holds none is not in it.
#[derive(Debug)]
pub struct Tally<K: Eq + Hash> {
    held: Arc<DashMap<K, u32>>,
    /// None: as many as are asked for.
    most: Option<u32>,
}

impl<K: Eq + Hash> Clone for Tally<K> {
    fn clone(&self) -> Self {
        Self { held: self.held.clone(), most: self.most }
    }
}

impl<K: Eq + Hash + Clone> Tally<K> {
    /// Nobody holds anything, and may hold so many.
    pub fn up_to(most: Option<u32>) -> Self {
        Self { held: Arc::default(), most }
    }

    /// One more for `key`; none when it holds as many as it may.
    pub fn take(&self, key: K) -> Option<Place<K>> {
        let mut held = self.held.entry(key.clone()).or_insert(0);
        if self.most.is_some_and(|most| *held >= most) {
            return None;
        }
        *held += 1;
        Some(Place { key, held: self.held.clone() })
    }
}

/// One of what is counted; given back when dropped.
#[derive(Debug)]
pub struct Place<K: Eq + Hash + Clone> {
    key: K,
    held: Arc<DashMap<K, u32>>,
}

impl<K: Eq + Hash + Clone> Drop for Place<K> {
    fn drop(&mut self) {
        if let Entry::Occupied(mut held) = self.held.entry(self.key.clone()) {
            *held.get_mut() = held.get().saturating_sub(1);
            if *held.get() == 0 {
                held.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_may_hold_so_many_and_gets_another_when_one_is_given_back() {
        let tally = Tally::up_to(Some(2));
        let (one, _two) = (tally.take("ada").unwrap(), tally.take("ada").unwrap());
        assert!(tally.take("ada").is_none());
        assert!(tally.take("grace").is_some());
        drop(one);
        assert!(tally.take("ada").is_some());
    }

    #[test]
    fn who_holds_nothing_is_forgotten() {
        let tally = Tally::up_to(Some(2));
        drop((tally.take(1), tally.take(2), tally.take(2)));
        assert!(tally.held.is_empty());
        assert!(Tally::up_to(Some(0)).take(1).is_none());
    }

    #[test]
    fn without_a_limit_everybody_holds_what_they_like() {
        let tally = Tally::up_to(None);
        let places: Vec<_> = (0..1_000).filter_map(|_| tally.take(())).collect();
        assert_eq!(places.len(), 1_000);
    }
}
