//! The bell: a disclosure that shows the number, and opens on the alerts.
//!
//! The one island of the page. It is whole before any script runs: a `<details>` that opens,
//! links and forms that work. With scripts the same elements are taken over where they stand.

mod announce;
mod dropdown;
mod item;
mod state;
mod stream;

use leptos::{ev, html, prelude::*};
use wasm_bindgen::JsCast;

pub use self::announce::titled;
use self::state::{BellState, Link};
use crate::domain::Page;

/// The bell and its dropdown.
#[island]
pub fn Bell(
    /// The alerts of the page's snapshot, with its count and position.
    page: Page,
    /// How many pages of 20 alerts `page` holds. Said by the links that work without scripts.
    pages: u32,
    /// Whether the page was asked for with the dropdown open.
    open: bool,
) -> impl IntoView {
    let bell = BellState::open(page);
    let unread = bell.unread();
    let details = NodeRef::<html::Details>::new();
    let button = NodeRef::<html::Summary>::new();
    Effect::new(move || {
        bell.wake();
        stream::follow(bell);
        close_from_outside(details, button);
    });
    let lost = move || !matches!(bell.link.get(), Link::Opening | Link::Live);
    view! {
        <details class="bell" id="bell" open=open node_ref=details>
            <summary class="bell-button" class:bell-lost=lost node_ref=button>
                {announce::ringing_icon(bell)}
                <span class="bell-badge" aria-hidden="true" hidden=move || unread.get() == 0>
                    {move || badge(unread.get())}
                </span>
                <span class="visually-hidden">{move || spoken(unread.get(), lost())}</span>
            </summary>
            {dropdown::dropdown(bell, pages)}
        </details>
        {announce::live_region(bell)}
    }
}

/// The number as drawn.
fn badge(unread: u32) -> String {
    if unread > 99 { "99+".into() } else { unread.to_string() }
}

/// The number as spoken.
fn spoken(unread: u32, lost: bool) -> String {
    let number = if unread == 0 { "none".into() } else { unread.to_string() };
    let doubt = if lost { ", not live" } else { "" };
    format!("Notifications, {number} unread{doubt}")
}

/// Closes the dropdown by Escape, by a press elsewhere, and when the focus moves elsewhere.
/// Escape gives the focus back to the bell.
fn close_from_outside(details: NodeRef<html::Details>, button: NodeRef<html::Summary>) {
    let close = move |inside: &dyn Fn(&web_sys::Node) -> bool| {
        let open = details.get_untracked().filter(|it| it.open() && !inside(it));
        open.inspect(|it| it.set_open(false)).is_some()
    };
    let elsewhere = move |event: &web_sys::Event| {
        let target = event.target().and_then(|it| it.dyn_into::<web_sys::Node>().ok());
        close(&|details| details.contains(target.as_ref()));
    };
    window_event_listener(ev::pointerdown, move |event| elsewhere(&event));
    window_event_listener(ev::focusin, move |event| elsewhere(&event));
    window_event_listener(ev::keydown, move |event| {
        if event.key() == "Escape" && close(&|_| false) {
            _ = button.get_untracked().map(|button| button.focus());
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_badge_stops_at_99_and_the_spoken_count_does_not() {
        assert_eq!(badge(99), "99");
        assert_eq!(badge(100), "99+");
        assert_eq!(spoken(100, false), "Notifications, 100 unread");
        assert_eq!(spoken(0, true), "Notifications, none unread, not live");
    }
}
