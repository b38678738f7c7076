//! What names something: ids, positions, cursors. What is taken is written in one way alone.

use belfry::{
    domain::{AlertId, Name, Position, UserId},
    server::graphql::{cursor, parse_cursor},
};

use super::{fuzz, text};

#[test]
fn a_user_id_is_of_its_alphabet_and_the_text_it_came_as() {
    fuzz(
        "user_id",
        text(|text| {
            let Ok(user) = text.parse::<UserId>() else { return };
            assert_eq!(user.as_str(), text);
            assert!((1..=64).contains(&text.len()));
            assert!(text.chars().all(|it| it.is_ascii_alphanumeric() || "_.@:-".contains(it)));
        }),
    );
}

#[test]
fn an_alert_id_is_the_text_it_came_as() {
    fuzz(
        "alert_id",
        text(|text| {
            if let Ok(id) = text.parse::<AlertId>() {
                assert_eq!(id.to_string(), text);
            }
        }),
    );
}

#[test]
fn a_position_is_the_text_it_came_as() {
    fuzz(
        "position",
        text(|text| {
            if let Ok(position) = text.parse::<Position>() {
                assert_eq!(position.to_string(), text);
            }
        }),
    );
}

#[test]
fn a_cursor_is_the_text_it_came_as() {
    fuzz(
        "cursor",
        text(|text| match parse_cursor("after", text) {
            Ok(revision) => assert_eq!(cursor(revision), text),
            Err(error) => assert_eq!(error.message, "after must be a cursor of this list"),
        }),
    );
}

#[test]
fn a_name_is_one_short_line_that_is_taken_again() {
    fuzz(
        "name",
        text(|text| {
            let Ok(name) = text.parse::<Name>() else { return };
            assert!((1..=100).contains(&name.as_str().chars().count()));
            assert!(!name.as_str().contains(char::is_control));
            assert_eq!(name.as_str().parse::<Name>().as_ref(), Ok(&name));
        }),
    );
}
