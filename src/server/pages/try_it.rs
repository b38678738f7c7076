//! Demo mode's panel: raise an alert to somebody else, and see their bell ring.

use leptos::prelude::*;

use crate::domain::{Severity, User, UserId};

/// What the panel shows.
#[derive(Clone, Debug)]
pub struct TryIt {
    /// Who may be rung: the demo people, the one signed in last.
    pub people: Vec<User>,
    /// What stands in the fields.
    pub form: TryItForm,
    /// Whose bell has just been rung.
    pub raised: Option<User>,
    /// Why the last attempt was refused.
    pub problem: Option<String>,
    /// The same from a shell: a command line that works as it stands.
    pub command: String,
}

/// The fields of the panel, as `POST /demo/alert` sends them.
#[expect(missing_docs, reason = "each field is the one of that name in the GraphQL input")]
#[derive(Clone, Debug)]
pub struct TryItForm {
    pub recipient: UserId,
    pub severity: Severity,
    pub title: String,
    pub body: String,
    pub link: String,
}

pub(super) fn try_it(view: TryIt) -> impl IntoView {
    let TryIt { people, form, raised, problem, command } = view;
    view! {
        <div class="hero">
            <h1>"Ring somebody’s bell"</h1>
            <p>
                "Open a private window, sign in there as somebody else, and raise an alert to them. \
                 Their bell rings at once."
            </p>
        </div>
        <div class="columns">
            <form class="card fields" method="post" action="/demo/alert">
                <h2>"Raise an alert"</h2>
                {raised.map(said)}
                {problem.map(|problem| view! { <p class="banner trouble" role="alert">{problem}</p> })}
                {fields(people, form)}
                <button class="primary">"Raise alert"</button>
            </form>
            <section class="card">
                <h2>"Or from a shell"</h2>
                <p>"Any program can raise alerts. This one rings your own bell:"</p>
                <pre tabindex="0"><code>{command}</code></pre>
            </section>
        </div>
    }
}

fn said(person: User) -> impl IntoView {
    view! { <p class="banner good" role="status">"Raised. Look at " {person.name} "’s bell."</p> }
}

fn fields(people: Vec<User>, form: TryItForm) -> impl IntoView {
    let person = move |user: User| {
        let selected = user.id == form.recipient;
        view! { <option value=user.id.to_string() selected=selected>{user.name}</option> }
    };
    let severity = move |one: Severity| {
        view! { <option value=one.name() selected=one == form.severity>{words(one)}</option> }
    };
    view! {
        <div class="pair">
            <label>
                <span>"To"</span>
                <select name="recipient">{people.into_iter().map(person).collect_view()}</select>
            </label>
            <label>
                <span>"Severity"</span>
                <select name="severity">{Severity::ALL.map(severity).collect_view()}</select>
            </label>
        </div>
        <label>
            <span>"Title"</span>
            <input name="title" required maxlength="200" value=form.title autocomplete="off" />
        </label>
        <label>
            <span>"Body " <small>"(may be empty)"</small></span>
            <textarea name="body" rows="3" maxlength="4000">{inside(&form.body)}</textarea>
        </label>
        <label>
            <span>"Link " <small>"(may be empty)"</small></span>
            <input name="link" value=form.link placeholder="https:// or a path such as /" autocomplete="off" />
        </label>
    }
}

/// Text for inside a text area, which the framework writes there as it is: without what would end it.
fn inside(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

fn words(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "Info",
        Severity::Success => "Success",
        Severity::Warning => "Warning",
        Severity::Critical => "Critical",
    }
}
