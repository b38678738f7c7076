//! A page that says one thing: there is nothing here, or something went wrong.

use leptos::prelude::*;

use super::{assets::Assets, home::brand, shell::shell};

/// What a notice says.
#[derive(Clone, Debug)]
pub struct NoticeView {
    /// In a few words.
    pub title: String,
    /// In a sentence, with what to do.
    pub sentence: String,
}

impl NoticeView {
    /// For an address that leads nowhere; answered with 404.
    pub fn not_found() -> Self {
        Self {
            title: "Nothing here".into(),
            sentence: "No page has this address. It may have moved, or been mistyped.".into(),
        }
    }

    /// For a fault of ours; answered with 500. What it was stays in the log.
    pub fn fault() -> Self {
        Self {
            title: "Something went wrong".into(),
            sentence: "The fault is ours, and it has been noted. Please try again in a moment.".into(),
        }
    }
}

/// A notice.
pub fn notice(assets: &Assets, view: NoticeView) -> impl IntoView + use<> {
    let title = format!("{} · Belfry", view.title);
    let body = view! {
        <main class="gate">
            {brand()}
            <div class="card notice">
                <h1>{view.title}</h1>
                <p>{view.sentence}</p>
                <a class="primary" href="/">"To the home page"</a>
            </div>
        </main>
    };
    shell(assets, title, false, body.into_any())
}
