//! How much of what was missed a session keeps at once.

use serde_json::Value;

use super::{MOST_QUEUED, News};
use crate::{
    domain::{Alert, Change},
    server::store::Replay,
};

/// How many bytes the changes of a portion may take, about.
pub(super) const HEAVIEST: usize = 32 * 1024;

/// What is kept of a replay.
pub fn of(replay: Replay) -> Replay {
    let Replay::Changes(mut changes) = replay else { return replay };
    let fitting = fitting(&changes);
    if fitting == changes.len() {
        return Replay::Changes(changes);
    }
    changes.truncate(fitting);
    changes.shrink_to_fit();
    Replay::Portion(changes)
}

/// How many of some changes fit: one at least, for a revision is told whole.
fn fitting(changes: &[Change]) -> usize {
    let mut total = 0;
    let fits = |change: &&Change| {
        total += weight(change);
        total <= HEAVIEST
    };
    let light = changes.iter().take(MOST_QUEUED).take_while(fits).count();
    light.max(changes.len().min(1))
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
