//! The bell: a disclosure that shows the number, and opens on the alerts.
//!
//! The one island of the page. It is whole before any script runs: a `<details>` that opens,
//! links and forms that work. With scripts the same elements are taken over where they stand.
//!
//! Its views are few closures over plain values rather than many small reactive parts, and use no
//! `AnyView`: both would cost the page tens of kilobytes.

mod acts;
mod announce;
mod dropdown;
mod focus;
mod item;
mod opening;
mod screen;
mod state;
mod stream;
mod undo;

use leptos::{either::Either, ev, html, mount::mount_to, prelude::*, task::spawn_local};
use wasm_bindgen::JsCast;

pub use self::{announce::titled, item::content, opening::Opening, undo::Undo};
use self::{screen::Screen, state::BellState};
use crate::{domain::Counts, ui::icon::icon};

/// The bell and its dropdown; see [`Opening::place`].
///
/// What it cannot read it does not take for an empty inbox: the bell stays as the server drew it,
/// with links and forms, until it can be built anew from a page that was asked for.
#[island]
pub fn Bell() -> impl IntoView {
    match Opening::here() {
        Some(opening) => Either::Left(bell(opening)),
        None => {
            spawn_local(build_anew());
            // Its element and no more is taken over.
            Either::Right(view! { <details class="bell" id="bell"></details> })
        }
    }
}

async fn build_anew() {
    let Some(opening) = Opening::fetch().await else { return };
    let place = opening::place().and_then(|it| it.dyn_into::<web_sys::HtmlElement>().ok());
    if let Some(place) = place {
        place.set_inner_html("");
        mount_to(place, move || bell(opening)).forget();
    }
}

fn bell(opening: Opening) -> impl IntoView {
    let Opening { page, pages, open, undo } = opening;
    let bell = BellState::open(page, undo);
    let details = NodeRef::<html::Details>::new();
    Effect::new(move || {
        if let Some(details) = details.get_untracked() {
            close_from_outside(&details);
        }
        undo::listen(bell);
        look(bell);
        for event in ["visibilitychange", "focus", "blur"] {
            window_event_listener_untyped(event, move |_| look(bell));
        }
        bell.start_clock();
        stream::follow(bell);
    });
    view! {
        <details class="bell" id="bell" open=open node_ref=details on:toggle=move |_| look(bell)>
            <summary class="bell-button">{move || bell.read(face)}</summary>
            {dropdown::dropdown(bell, pages)}
        </details>
        <p class="visually-hidden" role="status">{move || bell.read(|screen| screen.notice.words.clone())}</p>
    }
}

/// Notes whether the list is before its reader's eyes. Only in the browser.
fn look(bell: BellState) {
    let is_there = !document().hidden() && document().has_focus().unwrap_or(true);
    bell.change(|screen| screen.set_in_view(opening::is_open() && is_there));
}

/// What the closed bell shows and says: what is unseen calls, and what is unread is told.
fn face(screen: &Screen) -> impl IntoView + use<> {
    let counts = Counts { unseen: screen.unseen(), ..screen.inbox.counts() };
    let lost = screen.is_lost();
    let ringing = if screen.notice.ringing { "bell-drawing ringing" } else { "bell-drawing" };
    let badge_look = if lost { "bell-badge lost" } else { "bell-badge" };
    view! {
        <span class=ringing>{icon("bell")}</span>
        <span class=badge_look aria-hidden="true" hidden=counts.unseen == 0>{badge(counts.unseen)}</span>
        <span class="visually-hidden">{spoken(counts, lost)}</span>
    }
}

/// The number as drawn.
fn badge(number: u32) -> String {
    if number > 99 { "99+".into() } else { number.to_string() }
}

/// The numbers as spoken.
fn spoken(counts: Counts, lost: bool) -> String {
    let Counts { unseen, unread, .. } = counts;
    let number = if unread == 0 { "none".into() } else { unread.to_string() };
    let new = if unseen == 0 { String::new() } else { format!(", {unseen} new") };
    let doubt = if lost { ", not live" } else { "" };
    format!("Notifications, {number} unread{new}{doubt}")
}

/// Closes the dropdown by Escape, by a press elsewhere, and when the focus moves elsewhere.
/// Escape gives the focus back to the bell.
fn close_from_outside(details: &web_sys::HtmlDetailsElement) {
    let elsewhere = |event: &web_sys::Event, details: &web_sys::HtmlDetailsElement| {
        let target = event.target().and_then(|it| it.dyn_into::<web_sys::Node>().ok());
        if !details.contains(target.as_ref()) {
            details.set_open(false);
        }
    };
    let own = details.clone();
    window_event_listener(ev::pointerdown, move |event| elsewhere(&event, &own));
    let own = details.clone();
    window_event_listener(ev::focusin, move |event| elsewhere(&event, &own));
    let own = details.clone();
    window_event_listener(ev::keydown, move |event| {
        if event.key() == "Escape" && own.open() {
            own.set_open(false);
            focus_bell(&own);
        }
    });
}

fn focus_bell(details: &web_sys::HtmlDetailsElement) {
    let summary = details.first_element_child();
    let summary = summary.and_then(|it| it.dyn_into::<web_sys::HtmlElement>().ok());
    _ = summary.map(|summary| summary.focus());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_badge_stops_at_99_and_the_spoken_counts_do_not() {
        assert_eq!(badge(99), "99");
        assert_eq!(badge(100), "99+");
        let spoken = |unseen, unread, lost| spoken(Counts { unseen, unread, ..Counts::default() }, lost);
        assert_eq!(spoken(100, 101, false), "Notifications, 101 unread, 100 new");
        assert_eq!(spoken(0, 2, false), "Notifications, 2 unread");
        assert_eq!(spoken(0, 0, true), "Notifications, none unread, not live");
    }
}
