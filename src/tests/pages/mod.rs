//! What a browser gets that runs no scripts.

mod account;
mod caching;
mod elsewhere;
mod forms;
mod headers;
mod hostile;
mod shown;

use crate::support::voice::Voice;

/// The text of a page that must be there.
async fn page(voice: &Voice, path: &str) -> String {
    let answer = voice.get(path).await;
    assert_eq!(answer.status(), 200, "{path}");
    answer.text().await.unwrap()
}

/// The tags of a page that hold all of these.
fn tags<'a>(page: &'a str, holding: &[&str]) -> Vec<&'a str> {
    let tags = page.split('<').filter_map(|rest| rest.split_once('>').map(|(tag, _)| tag));
    tags.filter(|tag| holding.iter().all(|part| tag.contains(part))).collect()
}

/// The value of an attribute in a tag.
fn attribute<'a>(tag: &'a str, name: &str) -> &'a str {
    tag.split_once(&format!("{name}=\"")).unwrap().1.split('"').next().unwrap()
}
