//! Where an alert is, as both engines keep it.

use crate::domain::Place;

/// The column `place`. The inbox, where most are, has no name; what was thrown away is in no place.
pub(super) fn column(place: Option<Place>) -> Option<&'static str> {
    match place {
        Some(Place::Inbox) => None,
        Some(Place::Archive) => Some("ARCHIVE"),
        Some(Place::Snoozed) => Some("SNOOZED"),
        None => Some("DELETED"),
    }
}

/// What that column says; the outer option: whether a version of this program wrote it.
pub(super) fn parse(column: Option<&str>) -> Option<Option<Place>> {
    match column {
        None => Some(Some(Place::Inbox)),
        Some("ARCHIVE") => Some(Some(Place::Archive)),
        Some("SNOOZED") => Some(Some(Place::Snoozed)),
        Some("DELETED") => Some(None),
        Some(_) => None,
    }
}
