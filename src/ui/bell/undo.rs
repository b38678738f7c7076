//! Taking back what took a row away: by a button, or by Ctrl+Z.

use gloo_timers::future::TimeoutFuture;
use leptos::{prelude::*, task::spawn_local};
use serde::Serialize;
use wasm_bindgen::JsCast;

use super::{
    acts::action,
    dropdown::word,
    screen::{Screen, Task},
    state::BellState,
};
use crate::domain::{Act, Alert, AlertId, Place};

/// How long it can be taken back, in milliseconds. Without scripts it can be until the page is left.
const LASTING: u32 = 15_000;

/// An alert that was taken out of the list just now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Undo {
    /// Which one.
    pub id: AlertId,
    /// What happened to it.
    pub words: String,
}

impl Undo {
    /// Of an alert, and where it went; none: it was thrown away.
    pub fn of(alert: &Alert, place: Option<Place>) -> Self {
        let done = match place {
            Some(Place::Inbox) => "Restored",
            Some(Place::Archive) => "Archived",
            Some(Place::Snoozed) => "Snoozed",
            None => "Deleted",
        };
        Self { id: alert.id, words: format!("{done}: {}", alert.title) }
    }
}

/// Offers it for a while; a later one takes its place. Only in the browser.
pub fn offer(bell: BellState, undo: Undo) {
    bell.change(|screen| {
        screen.notice.words = format!("{}. Press Control Z to undo.", undo.words);
        screen.undo = Some(undo.clone());
    });
    spawn_local(async move {
        TimeoutFuture::new(LASTING).await;
        bell.change(|screen| drop(screen.undo.take_if(|offered| *offered == undo)));
    });
}

/// What it looks like.
pub fn bar(bell: BellState, screen: &Screen, pages: u32) -> impl IntoView + use<> {
    let undo = screen.undo.clone();
    let task = undo.as_ref().map(|undo| Task::Act(undo.id, Act::Restore));
    let action = undo.as_ref().map(|undo| action(undo.id, Act::Restore, pages)).unwrap_or_default();
    let busy = task.is_some_and(|task| screen.is_busy(task));
    let words = undo.map(|undo| undo.words).unwrap_or_default();
    view! {
        <form
            class="banner undo"
            method="post"
            action=action
            hidden=task.is_none()
            on:submit=move |event| {
                event.prevent_default();
                take_back(bell);
            }
        >
            <span class="undo-words">{words}</span>
            <button class="quiet again" aria-busy=word(busy)>"Undo"</button>
        </form>
    }
}

/// Takes it back, if there is something. Whether there was.
fn take_back(bell: BellState) -> bool {
    let undo = bell.peek(|screen| screen.undo.as_ref().map(|undo| undo.id));
    if let Some(id) = undo {
        bell.start(Task::Act(id, Act::Restore));
    }
    undo.is_some()
}

/// Takes it back by Ctrl+Z, or the same on other keyboards; not where somebody writes, who means what they wrote.
pub fn listen(bell: BellState) {
    window_event_listener(leptos::ev::keydown, move |event| {
        let control = (event.ctrl_key() || event.meta_key()) && !event.shift_key() && !event.alt_key();
        if control && event.key() == "z" && !is_written_in(&event) && take_back(bell) {
            event.prevent_default();
        }
    });
}

fn is_written_in(event: &web_sys::KeyboardEvent) -> bool {
    let target = event.target().and_then(|it| it.dyn_into::<web_sys::Element>().ok());
    target.is_some_and(|it| it.matches("input, textarea, select, [contenteditable]").unwrap_or(false))
}
