//! How much a document asks for, before anything walks it: validation walks every fragment as often as it is
//! spread, so that a few hundred bytes could hold a core for minutes. This looks at each of them once.

use std::collections::HashMap;

use async_graphql::{
    Name,
    parser::types::{ExecutableDocument, Selection, SelectionSet},
};

use super::{Bounds, TooLarge};

/// What is counted, each fragment as often as it is spread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Size {
    selections: usize,
    aliases: usize,
    directives: usize,
    /// Fields of the outermost level.
    roots: usize,
}

impl Size {
    fn and(self, other: Self) -> Self {
        Self {
            selections: self.selections.saturating_add(other.selections),
            aliases: self.aliases.saturating_add(other.aliases),
            directives: self.directives.saturating_add(other.directives),
            roots: self.roots.saturating_add(other.roots),
        }
    }
}

/// Refuses a document that asks for too much.
///
/// # Errors
/// What there is too much of.
pub(super) fn measure(doc: &ExecutableDocument, bounds: &Bounds) -> Result<(), TooLarge> {
    let mut fragments = HashMap::new();
    let mut all = Size::default();
    for (_, operation) in doc.operations.iter() {
        let own = Size { directives: operation.node.directives.len(), ..Size::default() };
        let size = own.and(count(doc, &operation.node.selection_set.node, &mut fragments));
        // One operation is run: its root fields alone are asked for.
        bounded(size.roots, bounds.root_fields, "root fields")?;
        all = all.and(size);
    }
    bounded(all.selections, bounds.selections, "selections")?;
    bounded(all.aliases, bounds.aliases, "aliases")?;
    bounded(all.directives, bounds.directives, "directives")
}

fn bounded(found: usize, most: usize, of: &'static str) -> Result<(), TooLarge> {
    if found > most { Err(TooLarge { most, of }) } else { Ok(()) }
}

fn count<'a>(
    doc: &'a ExecutableDocument,
    set: &'a SelectionSet,
    fragments: &mut HashMap<&'a Name, Size>,
) -> Size {
    set.items.iter().fold(Size::default(), |sum, selection| {
        let (directives, below, own) = match &selection.node {
            Selection::Field(field) => {
                let below = count(doc, &field.node.selection_set.node, fragments);
                let aliases = usize::from(field.node.alias.is_some());
                (
                    &field.node.directives,
                    Size { roots: 0, ..below },
                    Size { aliases, roots: 1, ..Size::default() },
                )
            }
            Selection::InlineFragment(inline) => {
                let below = count(doc, &inline.node.selection_set.node, fragments);
                (&inline.node.directives, below, Size::default())
            }
            Selection::FragmentSpread(spread) => {
                let below = spread_of(doc, &spread.node.fragment_name.node, fragments);
                (&spread.node.directives, below, Size::default())
            }
        };
        let own = Size { selections: 1, directives: directives.len(), ..own };
        sum.and(own).and(below)
    })
}

/// Counted once each; a circle counts as nothing here, for validation refuses it.
fn spread_of<'a>(
    doc: &'a ExecutableDocument,
    name: &'a Name,
    fragments: &mut HashMap<&'a Name, Size>,
) -> Size {
    if let Some(known) = fragments.get(name) {
        return *known;
    }
    let Some(fragment) = doc.fragments.get(name) else { return Size::default() };
    fragments.insert(name, Size::default());
    let own = Size { directives: fragment.node.directives.len(), ..Size::default() };
    let size = own.and(count(doc, &fragment.node.selection_set.node, fragments));
    fragments.insert(name, size);
    size
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;

    use super::*;

    const BOUNDS: Bounds = Bounds { selections: 5_000, root_fields: 1_000, ..Bounds::DEFAULT };

    fn judge(text: &str) -> Result<(), &'static str> {
        measure(&parse_query(text).unwrap(), &BOUNDS).map_err(|refused| refused.of)
    }

    #[test]
    fn fragments_count_as_often_as_they_are_spread() {
        let doubling = |levels: usize| {
            let spread = |level| format!("fragment f{level} on Query {{ ...f{0} ...f{0} }} ", level + 1);
            let fragments: String = (0..levels).map(spread).collect();
            let text = format!("{{ ...f0 }} {fragments} fragment f{levels} on Query {{ viewer {{ id }} }}");
            judge(&text)
        };
        assert!(doubling(8).is_ok());
        assert!(doubling(12).is_err());
        assert!(doubling(500).is_err());
        assert!(judge("{ ...a } fragment a on Query { ...a }").is_ok());
    }

    #[test]
    fn each_kind_of_much_is_refused_by_its_name() {
        let times = |count: usize, what: &str| format!("{{ viewer {{ {} }} }}", what.repeat(count));
        for (most, what, of) in [(30, "a: id ", "aliases"), (50, "id @include(if: true) ", "directives")] {
            assert_eq!(judge(&times(most, what)), Ok(()), "{of}");
            assert_eq!(judge(&times(most + 1, what)), Err(of));
        }
        let roots =
            |count: usize| format!("{{ ...f }} fragment f on Query {{ {} }}", "viewer { id } ".repeat(count));
        assert_eq!(judge(&roots(1_000)), Ok(()));
        assert_eq!(judge(&roots(1_001)), Err("root fields"));
        let apart = "query a { viewer { id } } ".repeat(30).replace("query a", "query b");
        let numbered: String = apart
            .split_inclusive("} } ")
            .enumerate()
            .map(|(at, it)| it.replace("query b", &format!("query b{at}")))
            .collect();
        assert_eq!(judge(&numbered), Ok(()));
    }
}
