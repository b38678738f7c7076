//! What shapes the results of a subscription, as a key: two that agree in it can share their bytes.

use std::{fmt::Write, sync::Arc};

use async_graphql::{
    Name, Positioned, Value as Const, Variables,
    parser::types::{Directive, ExecutableDocument, OperationDefinition, Selection, SelectionSet},
};
use async_graphql_value::Value;
use base64::prelude::{BASE64_STANDARD_NO_PAD, Engine as _};
use sha2::{Digest, Sha256};

/// The key of an operation: its document, its name, and those variables that its selection uses.
/// The arguments of the root field are left out: they say where to begin, not how it looks.
pub fn key(
    query: &str,
    name: Option<&str>,
    doc: &ExecutableDocument,
    operation: &OperationDefinition,
    variables: &Variables,
) -> Arc<str> {
    let mut used = Vec::new();
    for selection in &operation.selection_set.node.items {
        match &selection.node {
            Selection::Field(field) => {
                in_directives(&field.node.directives, &mut used);
                in_selections(&field.node.selection_set, &mut used);
            }
            other => in_selection(other, &mut used),
        }
    }
    for fragment in doc.fragments.values() {
        in_selections(&fragment.node.selection_set, &mut used);
    }
    used.sort_unstable();
    used.dedup();
    let mut key = format!("{}\0{query}", name.unwrap_or_default());
    for name in used {
        let value = variables.get(name).unwrap_or(&Const::Null);
        // Writing to a string cannot fail.
        let _ = write!(key, "\0{name}={value}");
    }
    // A document may be long, and each socket keeps the key of each of its operations.
    BASE64_STANDARD_NO_PAD.encode(Sha256::digest(key)).into()
}

/// How many fields an operation asks of its root. The document must have no circles of fragments.
pub fn root_fields(doc: &ExecutableDocument, set: &Positioned<SelectionSet>) -> usize {
    let fields = set.node.items.iter().map(|selection| match &selection.node {
        Selection::Field(_) => 1,
        Selection::InlineFragment(fragment) => root_fields(doc, &fragment.node.selection_set),
        Selection::FragmentSpread(spread) => {
            let fragment = doc.fragments.get(&spread.node.fragment_name.node);
            fragment.map_or(0, |fragment| root_fields(doc, &fragment.node.selection_set))
        }
    });
    fields.sum()
}

fn in_selections<'a>(set: &'a Positioned<SelectionSet>, used: &mut Vec<&'a Name>) {
    set.node.items.iter().for_each(|selection| in_selection(&selection.node, used));
}

fn in_selection<'a>(selection: &'a Selection, used: &mut Vec<&'a Name>) {
    match selection {
        Selection::Field(field) => {
            field.node.arguments.iter().for_each(|(_, value)| in_value(&value.node, used));
            in_directives(&field.node.directives, used);
            in_selections(&field.node.selection_set, used);
        }
        Selection::FragmentSpread(spread) => in_directives(&spread.node.directives, used),
        Selection::InlineFragment(fragment) => {
            in_directives(&fragment.node.directives, used);
            in_selections(&fragment.node.selection_set, used);
        }
    }
}

fn in_directives<'a>(directives: &'a [Positioned<Directive>], used: &mut Vec<&'a Name>) {
    let arguments = directives.iter().flat_map(|directive| &directive.node.arguments);
    arguments.for_each(|(_, value)| in_value(&value.node, used));
}

fn in_value<'a>(value: &'a Value, used: &mut Vec<&'a Name>) {
    match value {
        Value::Variable(name) => used.push(name),
        Value::List(items) => items.iter().for_each(|item| in_value(item, used)),
        Value::Object(fields) => fields.values().for_each(|field| in_value(field, used)),
        _ => {}
    }
}
