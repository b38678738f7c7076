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
use crate::ui::icon::icon;

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
        bell.start_clock();
        stream::follow(bell);
    });
    view! {
        <details class="bell" id="bell" open=open node_ref=details>
            <summary class="bell-button">{move || bell.read(face)}</summary>
            {dropdown::dropdown(bell, pages)}
        </details>
        <p class="visually-hidden" role="status">{move || bell.read(|screen| screen.notice.words.clone())}</p>
    }
}

/// What the closed bell shows and says.
fn face(screen: &Screen) -> impl IntoView + use<> {
    let unread = screen.inbox.unread();
    let lost = screen.is_lost();
    let ringing = if screen.notice.ringing { "bell-drawing ringing" } else { "bell-drawing" };
    let badge_look = if lost { "bell-badge lost" } else { "bell-badge" };
    view! {
        <span class=ringing>{icon("bell")}</span>
        <span class=badge_look aria-hidden="true" hidden=unread == 0>{badge(unread)}</span>
        <span class="visually-hidden">{spoken(unread, lost)}</span>
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
    fn the_badge_stops_at_99_and_the_spoken_count_does_not() {
        assert_eq!(badge(99), "99");
        assert_eq!(badge(100), "99+");
        assert_eq!(spoken(100, false), "Notifications, 100 unread");
        assert_eq!(spoken(0, true), "Notifications, none unread, not live");
    }
}
