//! The page of a person's own account: where they are signed in, and their password.

pub mod forms;
mod owner;
pub mod show;

use leptos::prelude::*;
use time::OffsetDateTime;

use super::{assets::Assets, home::topbar, shell::shell};
use crate::{
    domain::User,
    server::{auth::password, store::SignedIn},
    ui::time::{machine, utc},
};

/// What the account page shows.
#[derive(Clone, Debug)]
pub struct AccountView {
    /// Whose account it is.
    pub person: User,
    /// Where they are signed in.
    pub sessions: Vec<SignedIn>,
    /// By which of them they look at this page, by its name as a right.
    pub this: String,
    /// What has just been done.
    pub done: Option<&'static str>,
    /// Why the password was not changed.
    pub problem: Option<String>,
}

/// The account page; works without scripts, and loads none.
pub fn account(assets: &Assets, view: AccountView) -> impl IntoView + use<> {
    let AccountView { person, sessions, this, done, problem } = view;
    let id = person.id.to_string();
    let body = view! {
        {topbar(person, None)}
        <main class="account">
            <h1>"Your account"</h1>
            {done.map(|done| view! { <p class="banner good" role="status">{done}</p> })}
            <div class="columns">{signed_in(sessions, &this)} {change_password(id, problem)}</div>
        </main>
    };
    shell(assets, "Your account · Belfry".into(), false, body.into_any())
}

fn signed_in(sessions: Vec<SignedIn>, this: &str) -> impl IntoView + use<> {
    let others = sessions.iter().any(|session| session.right != this);
    let rows = sessions.into_iter().map(|session| row(session, this)).collect_view();
    view! {
        <section class="card">
            <h2>"Where you are signed in"</h2>
            <p>"Is there something you do not know? Sign it out, and change your password."</p>
            <ul class="sessions">{rows}</ul>
            <div class="actions">
                {others.then(|| button("/account/sessions/end-others", "Sign out everywhere else"))}
                {button("/account/sessions/end-all", "Sign out everywhere")}
            </div>
        </section>
    }
}

fn button(action: &'static str, words: &'static str) -> impl IntoView {
    view! {
        <form method="post" action=action>
            <button class="secondary">{words}</button>
        </form>
    }
}

fn row(session: SignedIn, this: &str) -> impl IntoView + use<> {
    let is_this = session.right == this;
    let SignedIn { right, browser, created_at, used_at } = session;
    let browser = browser.unwrap_or_else(|| "A browser".to_owned());
    let of = format!(": {browser}, since {}", utc(created_at));
    let used = (!is_this).then(|| view! { <small>"Last used " {moment(used_at)}</small> });
    let end = (!is_this).then(|| {
        view! {
            <form method="post" action=format!("/account/sessions/{right}/end")>
                <button class="secondary">"Sign out"<span class="visually-hidden">{of}</span></button>
            </form>
        }
    });
    view! {
        <li>
            <span class="session">
                <strong>{browser}</strong>
                {is_this.then(|| view! { <span class="tag">"This browser"</span> })}
                <small>"Signed in " {moment(created_at)}</small>
                {used}
            </span>
            {end}
        </li>
    }
}

fn moment(at: OffsetDateTime) -> impl IntoView {
    view! { <time datetime=machine(at)>{utc(at)}</time> }
}

/// The name is there for whatever keeps passwords, and not to be seen.
fn change_password(id: String, problem: Option<String>) -> impl IntoView {
    let shortest = password::SHORTEST;
    view! {
        <form class="card fields" method="post" action="/account/password">
            <h2>"Change your password"</h2>
            {problem.map(|problem| view! { <p class="banner trouble" role="alert">{problem}</p> })}
            <input type="text" name="user" value=id autocomplete="username" readonly hidden />
            <label>
                <span>"Current password"</span>
                <input name="current" type="password" required autocomplete="current-password" />
            </label>
            <label>
                <span>"New password " <small>{format!("(at least {shortest} characters)")}</small></span>
                <input
                    name="new"
                    type="password"
                    required
                    minlength=shortest.to_string()
                    autocomplete="new-password"
                />
            </label>
            <p>"You stay signed in here, and are signed out everywhere else."</p>
            <button class="primary">"Change password"</button>
        </form>
    }
}
