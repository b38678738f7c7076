//! The page of a signed-in person: who they are, their bell, and in demo mode something to try.

use leptos::prelude::*;

use super::{
    assets::Assets,
    shell::shell,
    try_it::{TryIt, try_it},
};
use crate::{
    domain::{Page, User},
    ui::{Bell, Opening, Undo, face::face, icon::icon, titled},
};

/// What the home page shows.
#[derive(Clone, Debug)]
pub struct HomeView {
    /// Who is signed in.
    pub person: User,
    /// Their alerts, count and position, from one snapshot.
    pub page: Page,
    /// How many pages of 20 alerts `page` holds.
    pub pages: u32,
    /// Whether the dropdown is open from the start.
    pub open: bool,
    /// What a form has just put away.
    pub undo: Option<Undo>,
    /// The panel of demo mode.
    pub demo: Option<TryIt>,
}

/// The home page.
pub fn home(assets: &Assets, view: HomeView) -> impl IntoView + use<> {
    let HomeView { person, page, pages, open, undo, demo } = view;
    let title = titled("Belfry", page.head.counts.unread);
    let main = demo.map_or_else(|| placeholder().into_any(), |demo| try_it(demo).into_any());
    let bell = Opening { page, pages, open, undo };
    let body = view! {
        {topbar(person, Some(bell.place(|| view! { <Bell /> }.into_any()).into_any()))}
        <main>{main}</main>
    };
    shell(assets, title, true, body.into_any())
}

/// The head of a page: who is signed in, the way to their account, and out. Their bell, where the page has it.
pub(super) fn topbar(person: User, bell: Option<AnyView>) -> impl IntoView {
    view! {
        <header class="topbar">
            {brand()}
            {bell}
            <a class="person" href="/account">
                {face(&person.name, person.avatar_url)}
                <span>{person.name}<span class="visually-hidden">", your account"</span></span>
            </a>
            <form method="post" action="/logout">
                <button class="quiet">"Sign out"</button>
            </form>
        </header>
    }
}

/// The name of the house, leading home.
pub(super) fn brand() -> impl IntoView {
    view! { <a class="brand" href="/">{icon("bell")}<span>"Belfry"</span></a> }
}

fn placeholder() -> impl IntoView {
    view! {
        <div class="card hero">
            <h1>"You will hear from us"</h1>
            <p>"Leave this page open. When something needs you, the bell above rings at once."</p>
        </div>
    }
}
