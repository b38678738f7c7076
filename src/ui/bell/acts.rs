//! What can be done with an alert by the buttons of its row. Forms, so that they work without scripts too.

use leptos::prelude::*;

use super::{
    dropdown::word,
    screen::{Screen, Task},
    state::BellState,
};
use crate::{
    domain::{Act, Alert, AlertId, Later},
    ui::{icon::icon, time::until},
};

/// A row's buttons: one marks it read or unread again, whatever it does next, one puts it away, and one shows what
/// else there is.
pub fn acts(bell: BellState, screen: &Screen, alert: &Alert, pages: u32) -> impl IntoView + use<> {
    let mark = if alert.is_unread() { Act::Read } else { Act::Unread };
    let dot = view! { <span class="unread-mark"></span> };
    view! {
        <div class="acts" on:click=|event| event.stop_propagation()>
            {control(bell, screen, alert, mark, pages, dot)}
            {control(bell, screen, alert, Act::Archive, pages, icon("archive"))}
            <details class="others" name="others">
                <summary title="More">
                    {icon("more")}
                    <span class="visually-hidden">{format!("More: {}", alert.title)}</span>
                </summary>
            </details>
        </div>
    }
}

/// What else can be done with it: below the row, once the style sheet sees that it is wanted. Each of its buttons has
/// a name by which the server knows it too.
pub fn others(bell: BellState, alert: &Alert, pages: u32) -> impl IntoView + use<> {
    let id = alert.id;
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let name = event.submitter().and_then(|button| button.get_attribute("value")).unwrap_or_default();
        let snooze = Later::named(&name).and_then(until).map(Act::Snooze);
        if let Some(act) = snooze.or_else(|| Act::named(&name)) {
            bell.start(Task::Act(id, act));
        }
    };
    view! {
        <form
            class="other-acts"
            method="post"
            action=format!("/alerts/{id}/other?pages={pages}")
            on:click=|event| event.stop_propagation()
            on:submit=submit
        >
            <span>{icon("clock")}"Snooze"</span>
            {choice("hour", "1 hour")}
            {choice("evening", "Evening")}
            {choice("tomorrow", "Tomorrow")}
            {choice("delete", "Delete")}
        </form>
    }
}

fn choice(name: &'static str, words: &'static str) -> impl IntoView {
    view! { <button class="quiet" name="act" value=name>{words}</button> }
}

fn control<S: IntoView + 'static>(
    bell: BellState,
    screen: &Screen,
    alert: &Alert,
    act: Act,
    pages: u32,
    sign: S,
) -> impl IntoView + use<S> {
    let task = Task::Act(alert.id, act);
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        bell.start(task);
    };
    view! {
        <form class="act" method="post" action=action(alert.id, act, pages) on:submit=submit>
            <button aria-busy=word(screen.is_busy(task)) title=words(act)>
                {sign}
                <span class="visually-hidden">{format!("{}: {}", words(act), alert.title)}</span>
            </button>
        </form>
    }
}

/// Where the form of an act goes.
pub fn action(id: AlertId, act: Act, pages: u32) -> String {
    format!("/alerts/{id}/{}?pages={pages}", act.name())
}

/// What a button says.
fn words(act: Act) -> &'static str {
    match act {
        Act::Read => "Mark read",
        Act::Unread => "Mark unread",
        Act::Archive => "Archive",
        Act::Snooze(_) => "Snooze",
        Act::Delete => "Delete",
        Act::Restore => "Move to inbox",
    }
}
