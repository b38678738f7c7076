//! By what a browser session ends.

use std::path::Path;

use crate::support::{
    database::Database,
    program::{PROGRAM, command, run},
    voice::Voice,
};

/// What everybody signs in with whose session ends here.
pub const WORD: &str = "a long word";

/// By what it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    SignedOut,
    SignedOutFromAnother,
    SignedOutEverywhereElse,
    SignedOutEverywhere,
    AnotherPassword,
    AnotherPasswordByCommand,
    Expired,
}

impl Cause {
    pub const ALL: [Self; 7] = [
        Self::SignedOut,
        Self::SignedOutFromAnother,
        Self::SignedOutEverywhereElse,
        Self::SignedOutEverywhere,
        Self::AnotherPassword,
        Self::AnotherPasswordByCommand,
        Self::Expired,
    ];

    /// Lets a person's session end, who has another one.
    pub async fn happen(self, database: &Database, name: &str, session: &Voice, other: &Voice) {
        let passwords = [("current", WORD), ("new", "another word")];
        let answer = match self {
            Self::SignedOut => session.post("/logout", &[]).await,
            Self::SignedOutFromAnother => {
                other.post(&format!("/account/sessions/{}/end", session.right()), &[]).await
            }
            Self::SignedOutEverywhereElse => other.post("/account/sessions/end-others", &[]).await,
            Self::SignedOutEverywhere => other.post("/account/sessions/end-all", &[]).await,
            Self::AnotherPassword => other.post("/account/password", &passwords).await,
            Self::AnotherPasswordByCommand => return by_command(database, name).await,
            Self::Expired => {
                let id = session.cookie().split_once('=').unwrap().1;
                return database.expire_session(id, 0).await;
            }
        };
        assert_eq!(answer.status(), 303, "{self:?}");
    }
}

async fn by_command(database: &Database, name: &str) {
    let arguments = ["user", "password", name, "--database-url", &database.url()];
    let ran = run(command(Path::new(PROGRAM), &arguments), "another word").await;
    assert_eq!(ran.code, Some(0), "{ran:?}");
}
