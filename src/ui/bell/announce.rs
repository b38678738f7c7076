//! How the bell calls attention: a drawing that swings, the page's title, and a spoken sentence.

use gloo_timers::future::TimeoutFuture;
use leptos::{prelude::document, task::spawn_local};

use super::state::BellState;

/// How long the bell swings, in milliseconds; the style sheet says the same.
const SWING: u32 = 900;

/// Arrivals of one burst are told together: the wait for more of them, in milliseconds.
const GATHER: u32 = 1_000;

/// The least pause between two sentences, in milliseconds.
const PAUSE: u32 = 4_000;

/// What the bell does to be noticed.
#[derive(Debug, Default)]
pub struct Notice {
    /// Whether it swings.
    pub ringing: bool,
    /// What the live region says. Empty between two sentences: one that comes twice is heard twice.
    pub words: String,
    untold: u32,
    telling: bool,
}

impl Notice {
    /// An alert arrives. Whether the bell begins to swing, and whether a telling begins.
    fn arrive(&mut self) -> (bool, bool) {
        self.untold += 1;
        let begun = (!self.ringing, !self.telling);
        (self.ringing, self.telling) = (true, true);
        begun
    }

    /// Says what has arrived.
    fn tell(&mut self, unread: u32) {
        self.words = sentence(self.untold, unread);
        self.untold = 0;
    }

    /// Ends a sentence. Whether there is another.
    fn hush(&mut self) -> bool {
        self.words.clear();
        self.telling = self.untold > 0;
        self.telling
    }
}

/// Takes note of an arrival; the first of a burst starts the telling.
pub fn arrival(bell: BellState) {
    let mut begun = (false, false);
    bell.change(|screen| begun = screen.notice.arrive());
    let (rings, tells) = begun;
    if rings {
        spawn_local(async move {
            TimeoutFuture::new(SWING).await;
            bell.change(|screen| screen.notice.ringing = false);
        });
    }
    if tells {
        spawn_local(tell(bell));
    }
}

async fn tell(bell: BellState) {
    let mut more = true;
    while more {
        TimeoutFuture::new(GATHER).await;
        bell.change(|screen| screen.notice.tell(screen.inbox.unread()));
        TimeoutFuture::new(PAUSE).await;
        bell.change(|screen| more = screen.notice.hush());
    }
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
    fn a_second_arrival_swings_again_and_the_same_words_are_said_again() {
        let mut notice = Notice::default();
        assert_eq!(notice.arrive(), (true, true));
        assert_eq!(notice.arrive(), (false, false), "one burst");
        notice.ringing = false;
        notice.tell(2);
        assert_eq!(notice.words, "2 new notifications, 2 unread.");
        assert_eq!(notice.arrive(), (true, false), "it swings while it speaks");
        assert!(notice.hush(), "and has more to say");
        assert_eq!(notice.words, "");
        notice.arrive();
        notice.tell(2);
        assert_eq!(notice.words, "2 new notifications, 2 unread.");
        assert!(!notice.hush() && notice.words.is_empty());
        notice.ringing = false;
        assert_eq!(notice.arrive(), (true, true));
    }

    #[test]
    fn a_burst_is_one_sentence() {
        assert_eq!(sentence(1, 1), "1 new notification, 1 unread.");
        assert_eq!(sentence(2, 5), "2 new notifications, 5 unread.");
    }
}
