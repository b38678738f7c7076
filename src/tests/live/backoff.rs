//! The waits between two tries.

use std::time::Duration;

use belfry::live::backoff::Backoff;
use proptest::prelude::*;

const AWAY_AT: Duration = Duration::from_secs(1000);

/// The highest waits of an absence whose tries come `pace` apart.
fn ceilings(pace: Duration, tries: u32) -> Vec<Duration> {
    let mut backoff = Backoff::begin(AWAY_AT);
    (0..tries).map(|n| backoff.wait(AWAY_AT + pace * n, 1.0)).collect()
}

#[test]
fn the_ceiling_doubles_from_a_quarter_second_to_three_seconds() {
    let expected = [250, 500, 1000, 2000, 3000, 3000].map(Duration::from_millis);
    assert_eq!(ceilings(Duration::from_secs(1), 6), expected);
}

#[test]
fn after_a_minute_away_the_ceiling_is_thirty_seconds() {
    let ceilings = ceilings(Duration::from_millis(2_500), 26);
    assert_eq!(ceilings[23], Duration::from_secs(3), "57.5 s away");
    assert_eq!(ceilings[24], Duration::from_secs(30), "60 s away");
    assert_eq!(ceilings[25], Duration::from_secs(30));
}

proptest! {
    #[test]
    fn a_wait_is_a_random_part_of_its_ceiling(
        paces in prop::collection::vec(0_u64..40_000, 1..80),
        random in 0.0_f64..1.0,
    ) {
        let (mut some, mut all) = (Backoff::begin(AWAY_AT), Backoff::begin(AWAY_AT));
        let mut now = AWAY_AT;
        for pace in paces {
            now += Duration::from_millis(pace);
            let (wait, ceiling) = (some.wait(now, random), all.wait(now, 1.0));
            let most = if now < AWAY_AT + Duration::from_secs(60) { 3 } else { 30 };
            prop_assert!(ceiling <= Duration::from_secs(most));
            prop_assert!(wait.abs_diff(ceiling.mul_f64(random)) <= Duration::from_nanos(1));
        }
    }

    #[test]
    fn no_number_of_tries_overflows(tries in 1_u32..100, away in 0_u64..1_000_000_000) {
        let mut backoff = Backoff::begin(Duration::ZERO);
        for _ in 0..tries {
            prop_assert!(backoff.wait(Duration::from_secs(away), 0.999) <= Duration::from_secs(30));
        }
    }
}
