//! What can be done with an alert by the buttons of its row. Forms, so that they work without scripts too.

use leptos::prelude::*;

use super::{
    dropdown::word,
    screen::{Screen, Task},
    state::BellState,
};
use crate::{
    domain::{Act, Alert, AlertId},
    ui::icon::icon,
};

/// A row's buttons: one marks it read or unread again, whatever it does next, and one puts it away.
pub fn acts(bell: BellState, screen: &Screen, alert: &Alert, pages: u32) -> impl IntoView + use<> {
    let mark = if alert.is_unread() { Act::Read } else { Act::Unread };
    let dot = view! { <span class="unread-mark"></span> };
    view! {
        <div class="acts" on:click=|event| event.stop_propagation()>
            {control(bell, screen, alert, mark, pages, dot)}
            {control(bell, screen, alert, Act::Archive, pages, icon("archive"))}
        </div>
    }
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
        Act::Unarchive => "Move to inbox",
    }
}
