//! How the bell calls attention: a drawing that swings, the page's title, and a spoken sentence.

use gloo_timers::future::TimeoutFuture;
use leptos::{prelude::*, task::spawn_local};

use super::state::BellState;
use crate::ui::icon::icon;

/// Arrivals of one burst are told together: the wait for more of them, in milliseconds.
const GATHER: u32 = 1_000;

/// The least pause between two sentences, in milliseconds.
const PAUSE: u32 = 5_000;

/// The bell as drawn; it swings once when an alert arrives.
pub fn ringing_icon(bell: BellState) -> impl IntoView {
    let ringing = RwSignal::new(false);
    Effect::new(move || {
        if bell.arrived.get() > 0 {
            ringing.set(true);
        }
    });
    view! {
        <span class="bell-drawing" class:ringing=ringing on:animationend=move |_| ringing.set(false)>
            {icon("bell")}
        </span>
    }
}

/// A polite live region that tells how many alerts arrived; keeps the page's title too.
pub fn live_region(bell: BellState) -> impl IntoView {
    let unread = bell.unread();
    Effect::new(move || {
        let title = document().title();
        document().set_title(&titled(bare(&title), unread.get()));
    });
    let words = RwSignal::new(String::new());
    let told = RwSignal::new(0);
    let telling = RwSignal::new(false);
    Effect::new(move || {
        if bell.arrived.get() != told.get_untracked() && !telling.get_untracked() {
            telling.set(true);
            spawn_local(async move {
                tell(bell, unread, told, words).await;
                telling.set(false);
            });
        }
    });
    view! { <p class="visually-hidden" role="status">{words}</p> }
}

async fn tell(bell: BellState, unread: Signal<u32>, told: RwSignal<usize>, words: RwSignal<String>) {
    while bell.arrived.get_untracked() != told.get_untracked() {
        TimeoutFuture::new(GATHER).await;
        let arrived = bell.arrived.get_untracked();
        words.set(sentence(arrived - told.get_untracked(), unread.get_untracked()));
        told.set(arrived);
        TimeoutFuture::new(PAUSE).await;
    }
}

fn sentence(arrived: usize, unread: u32) -> String {
    let plural = if arrived == 1 { "" } else { "s" };
    format!("{arrived} new notification{plural}, {unread} unread.")
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
