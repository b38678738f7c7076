//! What a publisher may raise.

use serde::{Deserialize, Serialize};

use super::{Invalid, UserId, text::line, user::InvalidUserId};

/// Which alerts a publisher may raise: of any kind and for anybody, as far as it does not say otherwise.
///
/// What it does not know when it is read makes it unreadable: a limit that was overlooked would be none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// Of these kinds alone; none: of any.
    pub kinds: Vec<Pattern>,
    /// For these people alone; none: for anybody.
    pub recipients: Vec<Pattern>,
}

/// A text; or, with a `*` at the end, all that begin with what is before it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Pattern(String);

impl Scope {
    /// The field of an alert by which it is outside, as it is called in `CreateAlertInput`.
    pub fn excludes(&self, kind: &str, recipient: &str) -> Option<&'static str> {
        let within = |patterns: &[Pattern], text| {
            patterns.is_empty() || patterns.iter().any(|pattern| pattern.fits(text))
        };
        match (within(&self.kinds, kind), within(&self.recipients, recipient)) {
            (false, _) => Some("kind"),
            (_, false) => Some("recipientId"),
            (true, true) => None,
        }
    }

    /// Whether it leaves everything open.
    pub fn is_any(&self) -> bool {
        self.kinds.is_empty() && self.recipients.is_empty()
    }
}

impl Pattern {
    /// A kind, or the beginning of some.
    ///
    /// # Errors
    /// No alert could be of it.
    pub fn kind(text: &str) -> Result<Self, Invalid> {
        line("kind", text.to_owned(), 64).map(Self)
    }

    /// A person, or the beginning of the ids of some.
    ///
    /// # Errors
    /// Nobody could be it.
    pub fn recipient(text: &str) -> Result<Self, InvalidUserId> {
        match text.strip_suffix('*') {
            Some("") => {}
            Some(beginning) => drop(beginning.parse::<UserId>()?),
            None => drop(text.parse::<UserId>()?),
        }
        Ok(Self(text.to_owned()))
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn fits(&self, text: &str) -> bool {
        match self.0.strip_suffix('*') {
            Some(beginning) => text.starts_with(beginning),
            None => text == self.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(kinds: &[&str], recipients: &[&str]) -> Scope {
        Scope {
            kinds: kinds.iter().map(|it| Pattern::kind(it).unwrap()).collect(),
            recipients: recipients.iter().map(|it| Pattern::recipient(it).unwrap()).collect(),
        }
    }

    #[test]
    fn what_is_not_said_is_open() {
        assert_eq!(Scope::default().excludes("mention", "ada"), None);
        assert_eq!(scope(&["mention"], &[]).excludes("mention", "grace"), None);
        assert_eq!(scope(&[], &["ada"]).excludes("build.failed", "ada"), None);
    }

    #[test]
    fn one_of_several_must_fit_and_what_does_not_is_named() {
        let scope = scope(&["build.*", "deploy"], &["ada", "team-7:*"]);
        for (kind, recipient, excluded) in [
            ("build.failed", "ada", None),
            ("build.", "team-7:grace", None),
            ("deploy", "ada", None),
            ("deploy.done", "ada", Some("kind")),
            ("rebuild.failed", "ada", Some("kind")),
            ("Build.failed", "ada", Some("kind")),
            ("build.failed", "ada2", Some("recipientId")),
            ("build.failed", "team-77:grace", Some("recipientId")),
            ("mention", "grace", Some("kind")),
        ] {
            assert_eq!(scope.excludes(kind, recipient), excluded, "{kind} {recipient}");
        }
    }

    #[test]
    fn a_pattern_that_nothing_could_fit_is_refused() {
        for text in ["", "a b", "a*b", "**", &"a".repeat(65)] {
            assert!(Pattern::recipient(text).is_err(), "{text}");
        }
        for text in ["", " ", "two\nlines", &"k".repeat(65)] {
            assert!(Pattern::kind(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_scope_is_written_and_read_and_one_that_says_more_is_not() {
        let scope = scope(&["build.*"], &["ada"]);
        let written = serde_json::to_string(&scope).unwrap();
        assert_eq!(written, r#"{"kinds":["build.*"],"recipients":["ada"]}"#);
        assert_eq!(serde_json::from_str::<Scope>(&written).unwrap(), scope);
        assert!(serde_json::from_str::<Scope>(r#"{"kinds":[],"recipients":[],"hosts":["a"]}"#).is_err());
        assert!(serde_json::from_str::<Scope>(r#"{"kinds":[]}"#).is_err());
    }
}
