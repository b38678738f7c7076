//! How the bell calls attention: a drawing that swings, the page's title, and a spoken sentence.

use gloo_timers::future::TimeoutFuture;
use leptos::{prelude::document, task::spawn_local};

use super::state::BellState;

/// Arrivals of one burst are told together: the wait for more of them, in milliseconds.
/// As long as the bell swings.
const GATHER: u32 = 1_000;

/// The least pause between two sentences, in milliseconds.
const PAUSE: u32 = 4_000;

/// Takes note of an arrival; the first of a burst starts the telling.
pub fn arrival(bell: BellState) {
    let telling = bell.peek(|screen| screen.arrived > 0);
    bell.change(|screen| screen.arrived += 1);
    if !telling {
        spawn_local(tell(bell));
    }
}

async fn tell(bell: BellState) {
    let mut told = 0;
    while bell.peek(|screen| screen.arrived) != told {
        TimeoutFuture::new(GATHER).await;
        bell.change(|screen| {
            screen.words = sentence(screen.arrived - told, screen.inbox.unread());
            told = screen.arrived;
        });
        TimeoutFuture::new(PAUSE).await;
    }
    bell.change(|screen| screen.arrived = 0);
}

fn sentence(arrived: u32, unread: u32) -> String {
    let plural = if arrived == 1 { "" } else { "s" };
    format!("{arrived} new notification{plural}, {unread} unread.")
}

/// Puts the number into the page's title.
pub fn set_title(unread: u32) {
    let title = document().title();
    document().set_title(&titled(bare(&title), unread));
}

/// A page's title with the number before it; the server writes the same.
pub fn titled(name: &str, unread: u32) -> String {
    if unread == 0 { name.into() } else { format!("({}) {name}", super::badge(unread)) }
}

/// A title without the number.
fn bare(title: &str) -> &str {
    match title.split_once(") ") {
        Some((number, name)) if number.starts_with('(') => name,
        _ => title,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_in_the_title_is_replaced_and_never_piles_up() {
        for before in ["Belfry", "(3) Belfry", "(99+) Belfry"] {
            assert_eq!(titled(bare(before), 7), "(7) Belfry");
            assert_eq!(titled(bare(before), 0), "Belfry");
        }
        assert_eq!(titled("Belfry", 100), "(99+) Belfry");
    }

    #[test]
    fn a_burst_is_one_sentence() {
        assert_eq!(sentence(1, 1), "1 new notification, 1 unread.");
        assert_eq!(sentence(2, 5), "2 new notifications, 5 unread.");
    }
}
