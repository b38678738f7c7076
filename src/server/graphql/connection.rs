//! Lists by the Relay cursor connections specification: <https://relay.dev/graphql/connections.htm>.

use async_graphql::{Context, Error, ErrorExtensions, Result, SimpleObject, Value, from_value};

use super::{input::AlertFilter, object::Alert};
use crate::{
    domain::{Filter, Revision},
    server::store::{List, Listed, Window},
};

/// How many alerts a list has when nobody says.
const USUAL: i32 = 20;
/// How many it has at most, whatever is set.
const MOST: i32 = 100;

/// How many it has at most on this node: a value of the schema's.
pub struct Most(pub u32);

impl Most {
    pub fn of(ctx: &Context<'_>) -> u32 {
        ctx.data_unchecked::<Self>().0
    }
}

/// A stretch of a list of alerts.
#[derive(SimpleObject)]
pub struct AlertConnection {
    /// The alerts with their cursors.
    edges: Vec<AlertEdge>,
    /// What lies around them.
    page_info: PageInfo,
}

/// An alert in a list.
#[derive(SimpleObject)]
pub struct AlertEdge {
    /// The alert.
    node: Alert,
    /// Its place in the list. Opaque.
    cursor: String,
}

/// What lies around a stretch of a list.
#[derive(SimpleObject)]
pub struct PageInfo {
    /// Whether older ones follow.
    has_next_page: bool,
    /// Whether newer ones come before.
    has_previous_page: bool,
    /// The first edge's cursor.
    start_cursor: Option<String>,
    /// The last edge's cursor.
    end_cursor: Option<String>,
}

impl AlertConnection {
    /// The connection of what was found.
    pub fn of(listed: &Listed) -> Self {
        let edge = |alert: &crate::domain::Alert| AlertEdge {
            cursor: cursor(alert.created_revision),
            node: Alert(alert.clone()),
        };
        let edges: Vec<_> = listed.alerts.iter().map(edge).collect();
        let page_info = PageInfo {
            has_next_page: listed.has_next,
            has_previous_page: listed.has_previous,
            start_cursor: edges.first().map(|edge| edge.cursor.clone()),
            end_cursor: edges.last().map(|edge| edge.cursor.clone()),
        };
        Self { edges, page_info }
    }
}

/// The arguments of `Inbox.alerts`.
#[derive(Default)]
pub struct ListArgs {
    pub first: Option<i32>,
    pub after: Option<String>,
    pub last: Option<i32>,
    pub before: Option<String>,
    pub filter: Option<AlertFilter>,
}

impl ListArgs {
    /// What they ask the store for, where a list has at most so many.
    ///
    /// # Errors
    /// The argument that cannot be, by name.
    pub fn list(self, most: u32) -> Result<List> {
        let after = self.after.as_deref().map(|text| parse_cursor("after", text)).transpose()?;
        let before = self.before.as_deref().map(|text| parse_cursor("before", text)).transpose()?;
        let window = match (self.first, self.last) {
            (Some(_), Some(_)) => return Err(bad("last", "cannot be given together with first")),
            (None, Some(last)) => Window::Last { count: count("last", last, most)?, after, before },
            (first, None) => {
                Window::First { count: count("first", first.unwrap_or(USUAL), most)?, after, before }
            }
        };
        let filter = Filter::from(self.filter.unwrap_or_default()).checked();
        let filter = filter.map_err(|invalid| bad(invalid.field, &invalid.must))?;
        Ok(List { filter, window })
    }
}

/// What a list costs of which one alert costs `each`. More than can be asked costs no more: the
/// field itself refuses it.
pub fn cost(first: Option<i32>, last: Option<i32>, each: usize) -> usize {
    let count = first.or(last).unwrap_or(USUAL).clamp(1, MOST);
    1 + usize::try_from(count).unwrap_or_default() * each
}

/// The lists that the current field asks of `Inbox.alerts`, which stands below it at `path`.
///
/// They are loaded before any field of the inbox resolves, so that one answer speaks of one moment.
/// Arguments that cannot be are passed over here: the field itself reports them.
pub fn lists(ctx: &Context<'_>, path: &[&str]) -> Vec<List> {
    let ahead = path.iter().fold(ctx.look_ahead(), |ahead, name| ahead.field(name));
    let (mut lists, most) = (Vec::new(), Most::of(ctx));
    for field in ahead.field("alerts").selection_fields() {
        let asked = field.arguments().ok().and_then(|arguments| args(arguments).ok()?.list(most).ok());
        lists.extend(asked.filter(|list| !lists.contains(list)));
    }
    lists
}

fn args(arguments: Vec<(async_graphql::Name, Value)>) -> Result<ListArgs> {
    let mut args = ListArgs::default();
    for (name, value) in arguments {
        match name.as_str() {
            "first" => args.first = from_value(value)?,
            "after" => args.after = from_value(value)?,
            "last" => args.last = from_value(value)?,
            "before" => args.before = from_value(value)?,
            _ => {
                args.filter = <Option<AlertFilter> as async_graphql::InputType>::parse(Some(value))
                    .map_err(|_| bad("filter", "is not as it must be"))?
            }
        }
    }
    Ok(args)
}

fn count(argument: &str, count: i32, most: u32) -> Result<u32> {
    let count = u32::try_from(count).ok().filter(|count| *count <= most);
    count.ok_or_else(|| bad(argument, &format!("must be 0 to {most}")))
}

/// The place in a list of the alert raised in `revision`.
pub fn cursor(revision: Revision) -> String {
    format!("{revision:08x}")
}

/// The place that a cursor names, as it was given out: in the letters of [`cursor`] alone.
///
/// # Errors
/// The argument, by name: it is no cursor.
pub fn parse_cursor(argument: &str, text: &str) -> Result<Revision> {
    let digits = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    let well_formed = text.len() == 8 && text.bytes().all(digits);
    let revision = well_formed.then(|| Revision::from_str_radix(text, 16).ok()).flatten();
    revision.ok_or_else(|| bad(argument, "must be a cursor of this list"))
}

fn bad(argument: &str, must: &str) -> Error {
    Error::new(format!("{argument} {must}")).extend_with(|_, extensions| {
        extensions.set("code", "BAD_USER_INPUT");
        extensions.set("field", argument);
    })
}
