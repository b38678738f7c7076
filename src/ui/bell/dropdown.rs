//! What opens below the bell: the list, its head and foot, and what there is to say about it.

use leptos::prelude::*;

use super::{
    item,
    state::{BellState, Link, Task},
};
use crate::{
    domain::{Alert, Inbox},
    ui::icon::icon,
};

/// The dropdown; `pages` is how many pages the server rendered.
pub fn dropdown(bell: BellState, pages: u32) -> AnyView {
    let alerts = move || bell.inbox.with(|inbox| inbox.alerts().into_iter().cloned().collect::<Vec<Alert>>());
    let is_empty = Memo::new(move |_| bell.inbox.with(|inbox| inbox.alerts().is_empty()));
    view! {
        <section class="dropdown" aria-labelledby="dropdown-title">
            <header class="dropdown-head">
                <h2 id="dropdown-title">"Notifications"</h2>
                {read_all(bell, pages)}
            </header>
            <div role="status">{move || link_words(bell.link.get())}</div>
            <div role="alert">{move || trouble(bell)}</div>
            <div class="dropdown-body" tabindex="-1">
                <ul class="alerts" hidden=is_empty>
                    <For each=alerts key=|alert| alert.id let:alert>
                        {item::item(bell, &alert, pages)}
                    </For>
                </ul>
                {move || is_empty.get().then(empty)}
                {move || load_more(bell, pages)}
            </div>
        </section>
    }
    .into_any()
}

fn read_all(bell: BellState, pages: u32) -> impl IntoView {
    let unread = bell.unread();
    let busy = move || bell.is_busy(Task::ReadAll);
    view! {
        <form
            method="post"
            action=format!("/alerts/read-all?pages={pages}")
            on:submit=move |event| {
                event.prevent_default();
                if unread.get_untracked() > 0 {
                    bell.start(Task::ReadAll);
                }
            }
        >
            <input
                type="hidden"
                name="upTo"
                value=move || bell.inbox.with(|inbox| inbox.position().to_owned())
            />
            <button
                class="quiet"
                aria-disabled=move || (unread.get() == 0).to_string()
                aria-busy=move || busy().to_string()
            >
                {icon("check-all")}
                <span>"Mark all read"</span>
            </button>
        </form>
    }
}

/// What the reader should know about the connection; nothing while all is well.
fn link_words(link: Link) -> Option<impl IntoView> {
    let (words, way_out) = match link {
        Link::Opening | Link::Live => return None,
        Link::Lost => ("Not live. Reconnecting…", None),
        Link::SignedOut => ("You are signed out.", Some(("/login", "Sign in"))),
        Link::Ended => ("Not live any more.", Some(("/", "Load the page again"))),
    };
    let way_out = way_out.map(|(href, words)| view! { <a href=href>{words}</a> });
    Some(view! { <p class="banner">{icon("offline")}<span>{words}</span>{way_out}</p> })
}

fn trouble(bell: BellState) -> Option<impl IntoView> {
    bell.trouble.get().map(|(task, failure)| {
        view! {
            <p class="banner trouble">
                {icon("warning")}
                <span>{failure.to_string()}</span>
                <button class="quiet" type="button" on:click=move |_| bell.start(task)>
                    "Try again"
                </button>
            </p>
        }
    })
}

fn empty() -> impl IntoView {
    view! {
        <div class="empty">
            <svg class="empty-drawing" aria-hidden="true"><use_ href="/icons.svg#quiet"></use_></svg>
            <p class="empty-title">"All quiet"</p>
            <p>"When something needs you, the bell rings here by itself."</p>
        </div>
    }
}

fn load_more(bell: BellState, pages: u32) -> Option<impl IntoView> {
    let more = bell.inbox.with(|inbox| Inbox::next(inbox).is_some());
    let busy = move || bell.is_busy(Task::LoadMore);
    more.then(|| {
        view! {
            <a
                class="load-more"
                href=format!("/?pages={}#bell", pages + 1)
                aria-busy=move || busy().to_string()
                on:click=move |event| {
                    event.prevent_default();
                    bell.start(Task::LoadMore);
                }
            >
                {move || if busy() { "Loading…" } else { "Load more" }}
            </a>
        }
    })
}
