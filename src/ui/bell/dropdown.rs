//! What opens below the bell: the list, its head and foot, and what there is to say about it.

use leptos::prelude::*;

use super::{
    item,
    opening::Opening,
    screen::{Link, Screen, Task},
    state::BellState,
    undo,
};
use crate::{
    domain::{Alert, Counts},
    ui::icon::{drawing, icon},
};

/// The dropdown; `pages` is how many pages the server rendered.
pub fn dropdown(bell: BellState, pages: u32) -> impl IntoView {
    let alerts =
        move || bell.read(|screen| screen.inbox.alerts().into_iter().cloned().collect::<Vec<Alert>>());
    view! {
        <section class="dropdown" tabindex="-1" aria-labelledby="dropdown-title">
            <header class="dropdown-head">
                <h2 id="dropdown-title">"Notifications"</h2>
                {move || bell.read(|screen| read_all(bell, screen, pages))}
            </header>
            {move || bell.read(|screen| banners(bell, screen))}
            {move || bell.read(|screen| undo::bar(bell, screen, pages))}
            <div class="dropdown-body">
                <ul class="alerts">
                    <For each=alerts key=|alert| alert.id let:alert>
                        {item::item(bell, alert, pages)}
                    </For>
                </ul>
                {move || bell.read(|screen| foot(bell, screen, pages))}
            </div>
        </section>
    }
}

/// How many are unread, and the way to read them all.
fn read_all(bell: BellState, screen: &Screen, pages: u32) -> impl IntoView + use<> {
    let unread = screen.inbox.unread();
    let none = unread == 0;
    view! {
        <span class="unread-count" hidden=none>{format!("{unread} unread")}</span>
        <form
            method="post"
            action=format!("/alerts/read-all?pages={pages}")
            on:submit=move |event| {
                event.prevent_default();
                if !none {
                    bell.start(Task::ReadAll);
                }
            }
        >
            <input type="hidden" name="upTo" value=screen.inbox.seen().to_owned() />
            <button class="quiet" aria-disabled=word(none) aria-busy=word(screen.is_busy(Task::ReadAll))>
                {icon("check-all")}
                <span>"Mark all read"</span>
            </button>
        </form>
    }
}

/// The value of an ARIA attribute.
pub(super) fn word(is: bool) -> &'static str {
    if is { "true" } else { "false" }
}

/// What the reader should know about the connection, and about a task that failed.
fn banners(bell: BellState, screen: &Screen) -> impl IntoView + use<> {
    let (words, href, way_out) = match screen.link {
        Link::Opening | Link::Live => ("", "", ""),
        Link::Lost => ("Not live. Reconnecting…", "", ""),
        Link::SignedOut => ("You are signed out.", "/login", "Sign in"),
        Link::Ended => ("Not live any more.", "/", "Load the page again"),
    };
    let trouble = screen.trouble.clone();
    let failure = match &trouble {
        None => String::new(),
        Some((Task::Refresh, _)) => "This list may be out of date.".into(),
        Some((_, failure)) => failure.to_string(),
    };
    let trying = trouble.as_ref().is_some_and(|(task, _)| screen.is_busy(*task));
    let again = move |_| {
        if let Some((task, _)) = trouble {
            bell.start(task);
        }
    };
    view! {
        <p class="banner" role="status" hidden=words.is_empty()>
            {icon("offline")}
            <span>{words}</span>
            <a href=href hidden=href.is_empty()>{way_out}</a>
        </p>
        <p class="banner trouble" role="alert" hidden=failure.is_empty()>
            {icon("warning")}
            <span>{failure.clone()}</span>
            <button class="quiet again" type="button" aria-busy=word(trying) on:click=again>"Try again"</button>
        </p>
    }
}

/// Below the list: what stands for it when it is empty, and the way to more. Without scripts, before
/// there is a clock, that way ends at the longest page.
fn foot(bell: BellState, screen: &Screen, pages: u32) -> impl IntoView + use<> {
    let busy = screen.is_busy(Task::LoadMore);
    let Counts { archived, snoozed, .. } = screen.inbox.counts();
    let more = move |event: web_sys::MouseEvent| {
        event.prevent_default();
        bell.start(Task::LoadMore);
    };
    view! {
        <div class="empty" hidden=!screen.inbox.alerts().is_empty()>
            {drawing("quiet", "empty-drawing")}
            <p class="empty-title">"All quiet"</p>
            <p>"When something needs you, the bell rings here by itself."</p>
        </div>
        <a
            class="load-more"
            href=format!("/?pages={}#bell", pages + 1)
            hidden=screen.inbox.next().is_none() || (pages >= Opening::MOST_PAGES && screen.now.is_none())
            aria-busy=word(busy)
            on:click=more
        >
            {if busy { "Loading…" } else { "Load more" }}
        </a>
        <p class="elsewhere">
            <a href="/snoozed" hidden=snoozed == 0>{icon("clock")}<span>{format!("Snoozed ({snoozed})")}</span></a>
            <a href="/archive" hidden=archived == 0>{icon("archive")}<span>{format!("Archive ({archived})")}</span></a>
        </p>
    }
}
