//! One alert of the list.

use leptos::{either::Either, prelude::*};
use time::OffsetDateTime;

use super::{
    acts::{acts, others},
    screen::{Screen, Task},
    state::BellState,
};
use crate::{
    domain::{Act, Alert, Severity},
    ui::{
        face::face,
        icon::icon,
        time::{ago, machine, utc},
    },
};

/// A row. It stays the same elements while its alert changes, and keeps the focus.
pub fn item(bell: BellState, alert: Alert, pages: u32) -> impl IntoView {
    move || bell.read(|screen| row(bell, screen, screen.inbox.alert(alert.id).unwrap_or(&alert), pages))
}

fn row(bell: BellState, screen: &Screen, alert: &Alert, pages: u32) -> impl IntoView + use<> {
    let (id, unread) = (alert.id, alert.is_unread());
    let read = move |_| {
        if unread {
            bell.start(Task::Act(id, Act::Read));
        }
    };
    view! {
        <li class=if unread { "alert unread" } else { "alert" } on:click=read>
            {content(screen.now, alert)}
            {acts(bell, screen, alert, pages)}
            {others(bell, alert, pages)}
        </li>
    }
}

/// What it says, and who said it.
pub fn content(now: Option<OffsetDateTime>, alert: &Alert) -> impl IntoView + use<> {
    view! {
        {sender(alert)}
        <div class="alert-text">
            <h3 class="alert-title">
                <span class="visually-hidden">{if alert.is_unread() { "Unread: " } else { "" }}</span>
                {title(alert)}
            </h3>
            {body(alert)}
            {meta(now, alert)}
        </div>
    }
}

/// The title; where the alert leads somewhere, a link that covers the whole row.
fn title(alert: &Alert) -> impl IntoView + use<> {
    let words = alert.title.clone();
    match alert.link.clone() {
        Some(link) => Either::Left(view! { <a href=link>{words}</a> }),
        None => Either::Right(words),
    }
}

/// The text; a long one shows its beginning, and the rest when asked. Without scripts too: the style
/// sheet does it. A screen reader reads it whole either way.
fn body(alert: &Alert) -> impl IntoView + use<> {
    view! {
        <p class="alert-body" hidden=alert.body.is_empty()>{alert.body.clone()}</p>
        <details class="alert-more" hidden=!is_long(&alert.body)>
            <summary>
                <span>"Show more"</span>
                <span>"Show less"</span>
                <span class="visually-hidden">{format!(" of {}", alert.title)}</span>
            </summary>
        </details>
    }
}

/// Whether a text takes more than three lines or so. Only the browser could say for sure; a text
/// that is not long is shown whole, whatever it takes.
fn is_long(text: &str) -> bool {
    const LINE: usize = 42;
    let lines = text.lines().map(|line| line.chars().count() / LINE + 1);
    lines.sum::<usize>() > 3
}

/// Who it came from, or the sign of its severity.
fn sender(alert: &Alert) -> impl IntoView + use<> {
    let look = look(alert.severity);
    match alert.actor.clone() {
        Some(actor) => Either::Left(face(&actor.name, actor.avatar_url)),
        None => Either::Right(view! { <span class=look.face>{icon(look.icon)}</span> }),
    }
}

fn meta(now: Option<OffsetDateTime>, alert: &Alert) -> impl IntoView + use<> {
    let at = alert.created_at;
    let when = now.map_or_else(|| utc(at), |now| ago(at, now));
    let look = look(alert.severity);
    let actor = alert.actor.as_ref().map(|actor| actor.name.clone()).unwrap_or_default();
    view! {
        <p class="alert-meta">
            <span class=look.class hidden=look.word.is_empty()>{icon(look.icon)}<span>{look.word}</span></span>
            <span hidden=actor.is_empty()>{actor.clone()}</span>
            <time datetime=machine(at) title=utc(at)>{when}</time>
        </p>
    }
}

/// How a severity looks and reads. The mildest has no word: most alerts are just news.
struct Look {
    class: &'static str,
    face: &'static str,
    icon: &'static str,
    word: &'static str,
}

fn look(severity: Severity) -> Look {
    let (class, face, icon, word) = match severity {
        Severity::Info => ("severity", "face info", "info", ""),
        Severity::Success => ("severity success", "face success", "success", "Success"),
        Severity::Warning => ("severity warning", "face warning", "warning", "Warning"),
        Severity::Critical => ("severity critical", "face critical", "critical", "Critical"),
    };
    Look { class, face, icon, word }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_long_by_its_letters_or_by_its_lines() {
        for short in ["", "One line.", "a\nb\nc", &"é".repeat(125)] {
            assert!(!is_long(short), "{short}");
        }
        for long in ["a\nb\nc\nd", &"é".repeat(126), &"word ".repeat(800)] {
            assert!(is_long(long), "{long:.20}");
        }
    }
}
