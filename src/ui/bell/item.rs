//! One alert of the list.

use leptos::prelude::*;

use super::state::{BellState, Task};
use crate::{
    domain::{Alert, AlertId, Severity},
    ui::{face::face, icon::icon, time},
};

/// A row. It stays the same element while its alert changes, and keeps the focus.
pub fn item(bell: BellState, alert: &Alert, pages: u32) -> AnyView {
    let id = alert.id;
    let unread = is_unread(bell, id);
    let read = move |_| {
        if unread.get_untracked() {
            bell.start(Task::Read(id));
        }
    };
    view! {
        <li class="alert" class:unread=unread on:click=read>
            {sender(alert)}
            <div class="alert-text">
                <h3 class="alert-title">
                    <span class="visually-hidden">{move || if unread.get() { "Unread: " } else { "" }}</span>
                    {title(alert)}
                </h3>
                {(!alert.body.is_empty()).then(|| view! { <p class="alert-body">{alert.body.clone()}</p> })}
                {meta(bell, alert)}
            </div>
            {mark(bell, alert, unread, pages)}
        </li>
    }
    .into_any()
}

fn is_unread(bell: BellState, id: AlertId) -> Signal<bool> {
    Memo::new(move |_| bell.inbox.with(|inbox| inbox.alert(id).is_some_and(Alert::is_unread))).into()
}

/// The title; where the alert leads somewhere, a link that covers the whole row.
fn title(alert: &Alert) -> AnyView {
    let words = alert.title.clone();
    match alert.link.clone() {
        Some(link) => view! { <a href=link>{words}</a> }.into_any(),
        None => view! { <span>{words}</span> }.into_any(),
    }
}

/// Who it came from, or the sign of its severity.
fn sender(alert: &Alert) -> AnyView {
    let look = look(alert.severity);
    match alert.actor.clone() {
        Some(actor) => face(&actor.name, actor.avatar_url).into_any(),
        None => view! { <span class=format!("face {}", look.class)>{icon(look.icon)}</span> }.into_any(),
    }
}

fn meta(bell: BellState, alert: &Alert) -> impl IntoView + use<> {
    let at = alert.created_at;
    let when = move || bell.now.get().map_or_else(|| time::utc(at), |now| time::ago(at, now));
    let look = look(alert.severity);
    view! {
        <p class="alert-meta">
            {look.word.map(|word| view! {
                <span class=format!("severity {}", look.class)>{icon(look.icon)}<span>{word}</span></span>
            })}
            {alert.actor.as_ref().map(|actor| view! { <span class="alert-actor">{actor.name.clone()}</span> })}
            <time datetime=time::machine(at) title=time::utc(at)>{when}</time>
        </p>
    }
}

/// The control that marks the alert read or unread again: one button, whatever it does next.
fn mark(bell: BellState, alert: &Alert, unread: Signal<bool>, pages: u32) -> impl IntoView + use<> {
    let id = alert.id;
    let task = move || if unread.get() { Task::Read(id) } else { Task::Unread(id) };
    let verb = move || if unread.get() { "read" } else { "unread" };
    let label = format!(": {}", alert.title);
    view! {
        <form
            class="alert-mark"
            method="post"
            action=move || format!("/alerts/{id}/{}?pages={pages}", verb())
            on:click=|event| event.stop_propagation()
            on:submit=move |event| {
                event.prevent_default();
                bell.start(untrack(task));
            }
        >
            <button
                aria-busy=move || bell.is_busy(task()).to_string()
                title=move || format!("Mark {}", verb())
            >
                <span class="unread-mark"></span>
                <span class="visually-hidden">{move || format!("Mark {}", verb())}{label}</span>
            </button>
        </form>
    }
}

/// How a severity looks and reads. The mildest has no word: most alerts are just news.
struct Look {
    class: &'static str,
    icon: &'static str,
    word: Option<&'static str>,
}

fn look(severity: Severity) -> Look {
    let (class, icon, word) = match severity {
        Severity::Info => ("info", "info", None),
        Severity::Success => ("success", "success", Some("Success")),
        Severity::Warning => ("warning", "warning", Some("Warning")),
        Severity::Critical => ("critical", "critical", Some("Critical")),
    };
    Look { class, icon, word }
}
