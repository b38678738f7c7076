//! What a bell opens with, and how that gets from the server's HTML into the browser.
//!
//! Not as properties of the island: they would bring serde's readers and writers into the page,
//! and cost it a third of its WASM again. The page keeps one attribute beside the bell instead.

use leptos::prelude::*;
use serde::Serialize;

use crate::{
    domain::{Page, event::Head},
    ui::api::read_opening,
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
}

impl Opening {
    /// How many pages the server renders at most.
    pub const MOST_PAGES: u32 = 25;

    /// The id of the element around the bell.
    const PLACE: &str = "bell-place";

    /// Puts something around the bell that knows how to open it. On the server.
    pub fn place(self, bell: impl FnOnce() -> AnyView) -> impl IntoView {
        let opening = serde_json::to_string(&self).unwrap_or_default();
        provide_context(self);
        view! { <div id=Self::PLACE data-opening=opening>{bell()}</div> }
    }

    /// On the server what [`Opening::place`] was given, in the browser what it wrote. An empty page
    /// if that was tampered with.
    pub fn here() -> Self {
        use_context().or_else(Self::written).unwrap_or_else(|| {
            let head = Head { revision: 0, position: String::new(), unread_count: 0 };
            Self { page: Page { head, alerts: Vec::new(), next: None }, pages: 1, open: false }
        })
    }

    fn written() -> Option<Self> {
        let place = document().get_element_by_id(Self::PLACE)?;
        read_opening(&place.get_attribute("data-opening")?)
    }
}
