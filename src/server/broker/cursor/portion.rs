//! How much of what was missed a session keeps at once.

use std::{collections::VecDeque, sync::Arc};

use serde_json::Value;

use super::{MOST_QUEUED, News};
use crate::domain::{Alert, Change};

/// How many bytes the changes of a portion may take, about.
pub(super) const HEAVIEST: usize = 32 * 1024;

/// The first of some changes: as many as fit, but one at least, for a revision is told whole.
pub(super) fn first_of(changes: Vec<Change>) -> VecDeque<Arc<News>> {
    let (mut portion, mut total) = (VecDeque::new(), 0);
    for change in changes {
        total += weight(&change);
        let is_full = portion.len() == MOST_QUEUED || total > HEAVIEST;
        if is_full && !portion.is_empty() {
            break;
        }
        portion.push_back(News::of(change));
    }
    portion
}

/// About how many bytes a change takes while it waits.
pub(super) fn weight(change: &Change) -> usize {
    let alerts: usize = change.alerts.iter().map(of_alert).sum();
    size_of::<News>() + change.user.as_str().len() + size_of_val(&*change.ids) + alerts
}

fn of_alert(alert: &Alert) -> usize {
    let Alert { kind, title, body, link, actor, data, .. } = alert;
    let actor = actor.iter().flat_map(|it| [Some(&it.name), it.id.as_ref(), it.avatar_url.as_ref()]);
    let texts = [Some(kind), Some(title), Some(body), link.as_ref()].into_iter().chain(actor).flatten();
    size_of::<Alert>() + texts.map(String::len).sum::<usize>() + data.as_ref().map_or(0, of_json)
}

/// Taken apart, JSON takes many times the bytes of its text.
fn of_json(value: &Value) -> usize {
    let within: usize = match value {
        Value::String(text) => text.len(),
        Value::Array(values) => values.iter().map(of_json).sum(),
        Value::Object(fields) => {
            fields.iter().map(|(name, value)| size_of::<String>() + name.len() + of_json(value)).sum()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    };
    size_of::<Value>() + within
}
