//! The page of what a person has put away.

pub mod show;

use leptos::prelude::*;

use super::{assets::Assets, home::topbar, shell::shell};
use crate::{
    domain::{Act, Alert, Page, User},
    ui::{
        Bell, Opening, content,
        icon::{drawing, icon},
        titled,
    },
};

/// What the archive page shows.
#[derive(Clone, Debug)]
pub struct ArchiveView {
    /// Whose archive it is.
    pub person: User,
    /// What their bell opens with.
    pub page: Page,
    /// A stretch of the archive, newest first.
    pub alerts: Vec<Alert>,
    /// The cursor after which older ones follow.
    pub older: Option<String>,
    /// Whether newer ones come before.
    pub newer: bool,
}

/// The archive page; works without scripts.
pub fn archive(assets: &Assets, view: ArchiveView) -> impl IntoView + use<> {
    let ArchiveView { person, page, alerts, older, newer } = view;
    let title = titled("Archive · Belfry", page.head.counts.unread);
    let bell = Opening { page, pages: 1, open: false, undo: None };
    let list = if alerts.is_empty() { empty().into_any() } else { list(&alerts).into_any() };
    let body = view! {
        {topbar(person, Some(bell.place(|| view! { <Bell /> }.into_any()).into_any()))}
        <main class="archive">
            <h1>"Archive"</h1>
            <section class="card">
                <h2 class="visually-hidden">"What you have put away"</h2>
                {list}
            </section>
            <p class="archive-pages">
                {newer.then(|| view! { <a href="/archive">"Newest"</a> })}
                {older.map(|after| view! { <a href=format!("/archive?after={after}")>"Older"</a> })}
            </p>
        </main>
    };
    shell(assets, title, true, body.into_any())
}

fn list(alerts: &[Alert]) -> impl IntoView + use<> {
    view! { <ul class="archived">{alerts.iter().map(row).collect_view()}</ul> }
}

fn row(alert: &Alert) -> impl IntoView + use<> {
    view! {
        <li class=if alert.is_unread() { "alert unread" } else { "alert" }>
            {content(None, alert)}
            <form class="act" method="post" action=format!("/alerts/{}/{}?archive=true", alert.id, Act::Unarchive.name())>
                <button class="quiet">
                    {icon("inbox")}
                    <span aria-hidden="true">"Move to inbox"</span>
                    <span class="visually-hidden">{format!("Move to inbox: {}", alert.title)}</span>
                </button>
            </form>
        </li>
    }
}

fn empty() -> impl IntoView {
    view! {
        <div class="empty">
            {drawing("quiet", "empty-drawing")}
            <p class="empty-title">"Nothing here"</p>
            <p>"What you put away in the bell is kept here, and can be moved back."</p>
        </div>
    }
}
