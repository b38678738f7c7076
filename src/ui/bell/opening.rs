//! What a bell opens with, and how that gets from the server's HTML into the browser.
//!
//! Not as properties of the island: they would bring serde's readers and writers into the page,
//! and cost it a third of its WASM again. The page keeps one attribute beside the bell instead.

use gloo_timers::future::sleep;
use leptos::prelude::*;
use serde::Serialize;
use web_sys::Element;

use super::{screen::Screen, undo::Undo};
use crate::{
    domain::Page,
    ui::api::{self, Failure, read_opening},
};

/// What a bell opens with.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Opening {
    /// The alerts of the page's snapshot, with its count and position.
    pub page: Page,
    /// How many pages of 20 alerts `page` holds. Said by the links that work without scripts.
    pub pages: u32,
    /// Whether the page was asked for with the dropdown open.
    pub open: bool,
    /// What a form has just put away.
    pub undo: Option<Undo>,
}

impl Opening {
    /// How many pages the server renders at most.
    pub const MOST_PAGES: u32 = 25;

    /// The id of the element around the bell.
    const PLACE: &str = "bell-place";

    /// Puts something around the bell that knows how to open it. On the server.
    ///
    /// Without the alerts' `data`: the bell shows none of it, it would double the page, and JSON of
    /// any shape is not for the page's reader to fail on.
    pub fn place(mut self, bell: impl FnOnce() -> AnyView) -> impl IntoView {
        self.page.alerts.iter_mut().for_each(|alert| alert.data = None);
        let opening = serde_json::to_string(&self).unwrap_or_default();
        provide_context(self);
        view! { <div id=Self::PLACE data-opening=opening>{bell()}</div> }
    }

    /// On the server what [`Opening::place`] was given, in the browser what it wrote. None where
    /// that cannot be read.
    pub fn here() -> Option<Self> {
        use_context().or_else(|| read_opening(&place()?.get_attribute("data-opening")?))
    }

    /// Asks for what cannot be read in the page, until it is there. None when nobody is signed in.
    /// Only in the browser.
    pub async fn fetch() -> Option<Self> {
        let mut misses = 0;
        loop {
            match api::page(None).await {
                Ok(page) => return Some(Self { page, pages: 1, open: is_open(), undo: None }),
                Err(Failure::SignedOut) => return None,
                Err(_) => misses += 1,
            }
            sleep(Screen::pause(misses)).await;
        }
    }
}

/// The element around the bell.
pub fn place() -> Option<Element> {
    document().get_element_by_id(Opening::PLACE)
}

/// Whether the reader has opened the bell. Only in the browser.
pub fn is_open() -> bool {
    place().and_then(|place| place.query_selector("#bell[open]").ok().flatten()).is_some()
}
