//! What close codes and their reasons mean.

use belfry::live::close::{self, Verdict};
use proptest::prelude::*;

#[test]
fn what_would_end_the_same_way_is_fatal() {
    for code in [1002, 1003, 1007, 1008, 1009, 1010, 4400, 4401, 4406, 4409, 4429] {
        assert_eq!(Verdict::of(code), Verdict::Fatal, "{code}");
    }
}

#[test]
fn refused_credentials_are_to_be_renewed() {
    assert_eq!(Verdict::of(close::FORBIDDEN), Verdict::Renew);
}

#[test]
fn any_other_close_is_a_reason_to_come_back() {
    for code in [1000, 1001, 1005, 1006, 1011, 1012, 1013, 1014, 1015, 4408, 4499, 4504, 4999] {
        assert_eq!(Verdict::of(code), Verdict::Retry, "{code}");
    }
}

proptest! {
    #[test]
    fn a_reason_is_cut_to_what_a_close_frame_carries(reason in "\\PC{0,200}") {
        let cut = close::fit(&reason);
        prop_assert!(cut.len() <= close::LONGEST_REASON && reason.starts_with(cut));
        prop_assert!(cut.len() == reason.len() || cut.len() + 4 > close::LONGEST_REASON, "whole but long");
    }
}
