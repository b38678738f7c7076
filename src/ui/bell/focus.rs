//! Keeps the focus near the reader when what has it goes away. Only in the browser.

use gloo_timers::future::TimeoutFuture;
use leptos::{prelude::document, task::spawn_local};
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// What goes away with what it was pressed for: the way to more, and the second try.
const FLEETING: &str = ".load-more, .again";

/// Whether the focus is on what is about to go away. To be asked before it does: a browser gives
/// the focus of what is hidden to nobody.
pub fn is_fleeting() -> bool {
    document().active_element().is_some_and(|element| element.matches(FLEETING).unwrap_or(false))
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
