//! A person as a small round picture.

use leptos::prelude::*;

/// The picture over the initials. The initials show until it has loaded, and when it cannot:
/// a picture that is missing and has no words takes no room, so this needs no script.
pub fn face(name: &str, avatar_url: Option<String>) -> impl IntoView + use<> {
    let picture =
        avatar_url.map(|url| view! { <img src=url alt="" loading="lazy" referrerpolicy="no-referrer" /> });
    view! {
        <span class=format!("face {}", tint(name)) aria-hidden="true">
            <span>{initials(name)}</span>
            {picture}
        </span>
    }
}

/// The first letters of the first and the last word. The style sheet makes them capitals: here
/// that would take a table of 12 kB.
fn initials(name: &str) -> String {
    let mut words = name.split_whitespace().filter_map(|word| word.chars().next());
    let first = words.next();
    first.into_iter().chain(words.next_back()).collect()
}

/// One of six colours; the same name has the same one everywhere.
fn tint(name: &str) -> &'static str {
    const TINTS: [&str; 6] = ["tint-0", "tint-1", "tint-2", "tint-3", "tint-4", "tint-5"];
    let sum: usize = name.bytes().map(usize::from).sum();
    TINTS[sum % TINTS.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn initials_are_the_first_and_the_last_word() {
        let cases = [("Ada Lovelace", "AL"), ("grace", "g"), ("A B C", "AC"), ("", ""), ("éa ß", "éß")];
        for (name, letters) in cases {
            assert_eq!(initials(name), letters, "{name:?}");
        }
    }
}
