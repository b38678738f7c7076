//! Keeps the focus near the reader when what has it goes away. Only in the browser.

use gloo_timers::future::TimeoutFuture;
use leptos::{prelude::document, task::spawn_local};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// What goes away with what it was pressed for: the way to more, and the second try.
const FLEETING: &str = ".load-more, .again";

/// Whether the focus is on what is about to go away. To be asked before it does: a browser gives
/// the focus of what is hidden to nobody.
pub fn is_fleeting() -> bool {
    document().active_element().is_some_and(|element| element.matches(FLEETING).unwrap_or(false))
}

/// Gives the focus to the row in the place of the one that has it, should that be gone once what changes now is drawn.
pub fn keep() {
    let row = document().active_element().and_then(|element| element.closest(".alerts > li").ok().flatten());
    let Some(row) = row else { return };
    let place =
        std::iter::successors(row.previous_element_sibling(), Element::previous_element_sibling).count();
    spawn_local(async move {
        TimeoutFuture::new(0).await;
        let has_it = document().active_element().is_some_and(|element| element.tag_name() != "BODY");
        if !has_it {
            let rows = document().query_selector_all(".alerts > li").map_or(0, |rows| rows.length());
            move_to_row(place.min((rows as usize).saturating_sub(1)), rows as usize);
        }
    });
}

/// Moves the focus, once what was just changed is drawn.
pub fn move_to(selector: String) {
    spawn_local(async move {
        TimeoutFuture::new(0).await;
        let element = document().query_selector(&selector).ok().flatten();
        let element = element.and_then(|element| element.dyn_into::<HtmlElement>().ok());
        _ = element.map(|element| element.focus());
    });
}

/// Moves it to a row of the list, counted from 0; to the dropdown when there is no such row.
pub fn move_to_row(row: usize, rows: usize) {
    move_to(if row < rows {
        format!(".alerts > :nth-child({}) :is(a, :not([hidden]) > summary, button)", row + 1)
    } else {
        ".dropdown".into()
    });
}
