//! Those who come to a world: people by tokens and by passwords, and programs.

use std::time::Duration;

use belfry::{
    domain::Scope,
    server::auth::{Secret, password},
};
use reqwest::redirect::Policy;
use serde_json::{Value, json};

use super::{
    viewer::{Credential, Viewer},
    world::World,
};
use crate::support::app::{in_seconds, token};

/// How long a request may take, as the bell's.
const REQUEST: Duration = Duration::from_secs(15);

/// Follows nothing: what a redirect says is what is wanted.
pub fn http() -> reqwest::Client {
    let builder = reqwest::Client::builder().no_proxy().redirect(Policy::none());
    builder.timeout(REQUEST).build().unwrap()
}

impl World {
    /// Somebody who comes by one of the doors.
    pub fn viewer(&self, user: &str, door: usize) -> Viewer {
        self.viewer_at(user, self.doors[door].port)
    }

    /// Somebody who comes by a port.
    pub fn viewer_at(&self, user: &str, port: u16) -> Viewer {
        self.viewer_with(user, &json!({ "sub": user, "exp": in_seconds(24 * 3600) }), port)
    }

    /// Somebody whose token claims this.
    pub fn viewer_with(&self, user: &str, claims: &Value, port: u16) -> Viewer {
        self.who(user, Credential::Token(token(claims)), port)
    }

    fn who(&self, name: &str, shown: Credential, port: u16) -> Viewer {
        Viewer::new(name, shown, port, self.http.clone(), self.marked.clone())
    }

    /// Gives everybody the same password; nobody may be known yet.
    pub async fn let_sign_in(&self, word: &str) {
        let hash = password::hash(word.to_owned()).await.unwrap();
        for user in &self.people {
            assert!(self.store.add_person(&user.parse().unwrap(), user, None, &hash).await.unwrap());
        }
    }

    /// Somebody who has signed in at a door.
    pub async fn sign_in(&self, user: &str, word: &str, door: usize) -> Viewer {
        let login = format!("http://127.0.0.1:{}/login", self.doors[door].port);
        let form = format!("user={user}&password={word}");
        let request = self.http.post(login).header("content-type", "application/x-www-form-urlencoded");
        let answer = request.body(form).send().await.unwrap();
        let cookie = answer.headers()["set-cookie"].to_str().unwrap();
        let cookie = cookie.split(';').next().unwrap().to_owned();
        self.who(user, Credential::Cookie(cookie), self.doors[door].port)
    }

    /// A program that comes by one of the doors.
    pub async fn publisher(&self, door: usize) -> Viewer {
        self.publisher_at(self.doors[door].port).await
    }

    /// A program that comes by a port.
    pub async fn publisher_at(&self, port: u16) -> Viewer {
        let secret = Secret::random().unwrap();
        let name = format!("publisher{}", rand::random::<u64>());
        let (hint, hash) = (secret.hint(), secret.hash());
        assert!(self.store.add_token(&name, hint, &hash, &Scope::default()).await.unwrap());
        self.who(&name, Credential::Token(secret.reveal().to_owned()), port)
    }

    /// Takes a program's right away.
    pub async fn revoke(&self, publisher: &Viewer) {
        assert!(self.store.revoke_token(&publisher.user).await.unwrap());
    }
}
