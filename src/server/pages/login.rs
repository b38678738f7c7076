//! The page to sign in on.

use leptos::prelude::*;

use super::{assets::Assets, home::brand, shell::shell};
use crate::{domain::User, ui::face::face};

/// What the login page shows.
#[derive(Clone, Debug, Default)]
pub struct LoginView {
    /// The user id that was typed last.
    pub user: String,
    /// Why that attempt was refused.
    pub problem: Option<String>,
    /// In demo mode, who may sign in with one click.
    pub demo: Vec<DemoPerson>,
}

/// A person made by demo mode. Their password is no secret.
#[derive(Clone, Debug)]
pub struct DemoPerson {
    /// Who.
    pub user: User,
    /// The password, for all to read.
    pub password: String,
}

/// The login page; posts `user` and `password` to `/login`.
pub fn login(assets: &Assets, view: LoginView) -> impl IntoView + use<> {
    let LoginView { user, problem, demo } = view;
    let body = view! {
        <main class="gate">
            {brand()}
            <form class="card fields" method="post" action="/login">
                <h1>"Sign in"</h1>
                {problem.map(|problem| view! { <p class="banner trouble" role="alert">{problem}</p> })}
                <label>
                    <span>"User"</span>
                    <input name="user" value=user required autocomplete="username" autocapitalize="none" />
                </label>
                <label>
                    <span>"Password"</span>
                    <input name="password" type="password" required autocomplete="current-password" />
                </label>
                <button class="primary">"Sign in"</button>
            </form>
            {(!demo.is_empty()).then(|| demo_people(demo))}
        </main>
    };
    shell(assets, "Sign in · Belfry".into(), false, body.into_any())
}

fn demo_people(people: Vec<DemoPerson>) -> impl IntoView {
    view! {
        <section class="card">
            <h2>"Demo people"</h2>
            <p>"This is a demo: come in as anyone."</p>
            <ul class="people">{people.into_iter().map(demo_person).collect_view()}</ul>
        </section>
    }
}

fn demo_person(DemoPerson { user, password }: DemoPerson) -> impl IntoView {
    let name = user.name.clone();
    view! {
        <li>
            <form method="post" action="/login">
                <input type="hidden" name="user" value=user.id.to_string() />
                <input type="hidden" name="password" value=password.clone() />
                {face(&user.name, user.avatar_url)}
                <span class="people-name">
                    <strong>{user.name}</strong>
                    <small>{user.id.to_string()} " · password " <code>{password}</code></small>
                </span>
                <button class="secondary">"Sign in"<span class="visually-hidden">" as " {name}</span></button>
            </form>
        </li>
    }
}
