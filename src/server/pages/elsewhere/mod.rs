//! The pages of what a person has taken out of the inbox: what is archived, and what is put off.

pub mod show;

use leptos::prelude::*;

use super::{assets::Assets, home::topbar, shell::shell};
use crate::{
    domain::{Act, Alert, Page, User},
    ui::{
        Bell, Opening, content,
        icon::{drawing, icon},
        time::{machine, utc},
        titled,
    },
};

/// Which of the two, in its words.
#[derive(Clone, Copy, Debug)]
pub struct Words {
    /// Its heading.
    title: &'static str,
    /// What its list is, to those who do not see it.
    list: &'static str,
    /// What it is for, said when it is empty.
    purpose: &'static str,
    /// Its name in addresses.
    name: &'static str,
}

/// What is archived.
pub const ARCHIVE: Words = Words {
    title: "Archive",
    list: "What you have put away",
    purpose: "What you put away in the bell is kept here, and can be moved back.",
    name: "archive",
};

/// What is put off.
pub const SNOOZED: Words = Words {
    title: "Snoozed",
    list: "What comes back later",
    purpose: "What you snooze in the bell waits here, and comes back by itself.",
    name: "snoozed",
};

/// What the page shows.
#[derive(Clone, Debug)]
pub struct ElsewhereView {
    /// Which page it is.
    pub words: Words,
    /// Whose alerts they are.
    pub person: User,
    /// What their bell opens with.
    pub page: Page,
    /// A stretch of them, newest first.
    pub alerts: Vec<Alert>,
    /// The cursor after which older ones follow.
    pub older: Option<String>,
    /// Whether newer ones come before.
    pub newer: bool,
}

/// The page; works without scripts.
pub fn elsewhere(assets: &Assets, view: ElsewhereView) -> impl IntoView + use<> {
    let ElsewhereView { words, person, page, alerts, older, newer } = view;
    let title = titled(&format!("{} · Belfry", words.title), page.head.counts.unread);
    let bell = Opening { page, pages: 1, open: false, undo: None };
    let list = if alerts.is_empty() { empty(words).into_any() } else { list(words, &alerts).into_any() };
    let body = view! {
        {topbar(person, Some(bell.place(|| view! { <Bell /> }.into_any()).into_any()))}
        <main class="elsewhere-page">
            <h1>{words.title}</h1>
            <section class="card">
                <h2 class="visually-hidden">{words.list}</h2>
                {list}
            </section>
            <p class="elsewhere-pages">
                {newer.then(|| view! { <a href=format!("/{}", words.name)>"Newest"</a> })}
                {older.map(|after| view! { <a href=format!("/{}?after={after}", words.name)>"Older"</a> })}
            </p>
        </main>
    };
    shell(assets, title, true, body.into_any())
}

fn list(words: Words, alerts: &[Alert]) -> impl IntoView + use<> {
    view! { <ul class="away">{alerts.iter().map(|alert| row(words, alert)).collect_view()}</ul> }
}

fn row(words: Words, alert: &Alert) -> impl IntoView + use<> {
    let restore = format!("/alerts/{}/{}?page={}", alert.id, Act::Restore.name(), words.name);
    let until = alert.snoozed_until.map(|until| {
        view! {
            <p class="until">{icon("clock")}"Comes back "<time datetime=machine(until)>{utc(until)}</time></p>
        }
    });
    view! {
        <li class=if alert.is_unread() { "alert unread" } else { "alert" }>
            {content(None, alert)}
            <form class="act" method="post" action=restore>
                <button class="quiet">
                    {icon("inbox")}
                    <span aria-hidden="true">"Move to inbox"</span>
                    <span class="visually-hidden">{format!("Move to inbox: {}", alert.title)}</span>
                </button>
            </form>
            {until}
        </li>
    }
}

fn empty(words: Words) -> impl IntoView {
    view! {
        <div class="empty">
            {drawing("quiet", "empty-drawing")}
            <p class="empty-title">"Nothing here"</p>
            <p>{words.purpose}</p>
        </div>
    }
}
