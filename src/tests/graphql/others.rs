//! What is somebody else's, over the whole schema: nobody can name another person, and what is named by an
//! id, a cursor or a position of another inbox is not there.

use std::collections::BTreeMap;

use async_graphql::{
    Positioned,
    parser::{
        parse_schema,
        types::{BaseType, FieldDefinition, InputValueDefinition, TypeKind, TypeSystemDefinition},
    },
};
use belfry::{server::graphql::sdl, ui::time::machine};
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};

use crate::{
    delivery::Ear,
    support::{
        app::App,
        voice::{Voice, plain},
    },
};

/// What an argument would be called that says whose inbox is meant.
const WHOSE: [&str; 9] =
    ["user", "person", "owner", "recipient", "viewer", "account", "subject", "member", "inbox"];

/// The one operation that is told who is meant, and only a publisher may use it.
const PUBLISHERS: &str = "createAlert";

/// An id that no alert has.
const NOBODYS: &str = "0190a0b0-0000-7000-8000-000000000000";

/// The types of the schema by name.
struct Schema(BTreeMap<String, TypeKind>);

impl Schema {
    fn read() -> Self {
        let document = parse_schema(sdl()).unwrap();
        let types = document.definitions.into_iter().filter_map(|definition| match definition {
            TypeSystemDefinition::Type(it) => Some((it.node.name.node.to_string(), it.node.kind)),
            _ => None,
        });
        Self(types.collect())
    }

    fn fields(&self, name: &str) -> &[Positioned<FieldDefinition>] {
        match self.0.get(name) {
            Some(TypeKind::Object(object)) => &object.fields,
            _ => &[],
        }
    }

    /// Every argument of a field, and of what it leads to: where it is, its name and its type.
    fn arguments(&self, at: &str, field: &FieldDefinition, seen: &mut Vec<String>) -> Vec<[String; 3]> {
        let at = format!("{at}.{}", field.name.node);
        let own = field.arguments.iter().flat_map(|argument| self.inputs(&at, &argument.node, 0));
        let mut found: Vec<_> = own.collect();
        let leads_to = named(&field.ty.node.base);
        if !seen.contains(&leads_to) {
            seen.push(leads_to.clone());
            for name in self.members(&leads_to) {
                for field in self.fields(&name) {
                    found.extend(self.arguments(&name, &field.node, seen));
                }
            }
        }
        found
    }

    /// A type itself, or those of a union.
    fn members(&self, name: &str) -> Vec<String> {
        match self.0.get(name) {
            Some(TypeKind::Union(union)) => union.members.iter().map(|it| it.node.to_string()).collect(),
            _ => vec![name.to_owned()],
        }
    }

    /// An argument, and the fields of the input it is.
    fn inputs(&self, at: &str, input: &InputValueDefinition, depth: usize) -> Vec<[String; 3]> {
        let (name, ty) = (input.name.node.to_string(), named(&input.ty.node.base));
        let mut found = vec![[at.to_owned(), name.clone(), ty.clone()]];
        if let (Some(TypeKind::InputObject(object)), 0..4) = (self.0.get(&ty), depth) {
            let at = format!("{at}({name})");
            found.extend(object.fields.iter().flat_map(|field| self.inputs(&at, &field.node, depth + 1)));
        }
        found
    }

    /// All that can be asked of a type without arguments, some levels deep.
    fn selection(&self, name: &str, levels: usize) -> String {
        if let Some(TypeKind::Union(_)) = self.0.get(name) {
            let members = self.members(name).into_iter();
            let members = members.map(|it| format!("... on {it} {}", self.selection(&it, levels)));
            return format!("{{ __typename {} }}", members.collect::<Vec<_>>().join(" "));
        }
        let mut asked = vec!["__typename".to_owned()];
        for field in self.fields(name).iter().map(|it| &it.node) {
            let (leads_to, name) = (named(&field.ty.node.base), &field.name.node);
            let needs = field.arguments.iter().any(|it| !it.node.ty.node.nullable);
            let is_leaf = self.fields(&leads_to).is_empty() && !self.is_union(&leads_to);
            match levels {
                _ if needs => {}
                _ if is_leaf => asked.push(name.to_string()),
                0 => {}
                _ => asked.push(format!("{name} {}", self.selection(&leads_to, levels - 1))),
            }
        }
        format!("{{ {} }}", asked.join(" "))
    }

    fn is_union(&self, name: &str) -> bool {
        matches!(self.0.get(name), Some(TypeKind::Union(_)))
    }

    /// The operations that take an argument of a type: each as a document that asks for all, with that
    /// argument as `$it`.
    fn taking(&self, ty: &str) -> Vec<String> {
        let mut documents = Vec::new();
        for root in ["Query", "Mutation"] {
            for field in self.fields(root).iter().map(|it| &it.node) {
                for argument in field.arguments.iter().map(|it| &it.node) {
                    if named(&argument.ty.node.base) == ty {
                        let selection = self.selection(&named(&field.ty.node.base), 4);
                        let (operation, name) = (root.to_lowercase(), &argument.name.node);
                        let until = field.arguments.iter().any(|it| it.node.name.node == "until");
                        let until =
                            if until { format!(", until: \"{}\"", tomorrow()) } else { String::new() };
                        documents.push(format!(
                            "{operation} ($it: {ty}!) {{ {}({name}: $it{until}) {selection} }}",
                            field.name.node
                        ));
                    }
                }
            }
        }
        documents
    }
}

/// Until when something can be put off.
fn tomorrow() -> String {
    machine(OffsetDateTime::now_utc() + Duration::DAY)
}

/// The type inside lists and marks.
fn named(ty: &BaseType) -> String {
    match ty {
        BaseType::Named(name) => name.to_string(),
        BaseType::List(inner) => named(&inner.base),
    }
}

#[test]
fn no_operation_of_a_person_takes_an_argument_that_says_whose() {
    let schema = Schema::read();
    let (mut ids, mut count) = (Vec::new(), 0);
    for root in ["Query", "Mutation", "Subscription"] {
        for field in schema.fields(root) {
            if field.node.name.node == PUBLISHERS {
                continue;
            }
            for [at, name, ty] in schema.arguments(root, &field.node, &mut Vec::new()) {
                count += 1;
                let lower = name.to_lowercase();
                assert!(!WHOSE.iter().any(|whose| lower.contains(whose)), "{at}({name})");
                if ty == "ID" {
                    ids.push(format!("{at}({name})"));
                }
            }
        }
    }
    assert!(count > 10, "{count}");
    // Those of alerts. Whoever adds one shows below that it answers for nobody else's.
    assert!(ids.iter().all(|id| id.contains("lert") && id.ends_with("(id)")), "{ids:?}");
}

/// Two people of whom one has something that the other is after.
async fn house() -> (App, Voice, Voice, String) {
    let app = App::start().await;
    let (ada, grace) = (app.person("ada"), app.person("grace"));
    let publisher = app.publisher().await;
    publisher.raise_some("ada", 3).await;
    publisher.raise_some("grace", 3).await;
    let theirs = publisher.create(&plain("grace", "For Grace alone")).await["alert"]["id"].clone();
    (app, ada, grace, theirs.as_str().unwrap().to_owned())
}

#[tokio::test]
async fn somebody_elses_id_answers_everywhere_like_one_that_nobody_has() {
    let (_app, ada, grace, theirs) = house().await;
    let (before, own) = (grace.inbox().await, ada.inbox().await);
    let documents = Schema::read().taking("ID");
    assert!(documents.len() >= 3, "{documents:?}");
    for document in &documents {
        let answer = ada.ask(document, &json!({ "it": theirs })).await;
        assert_eq!(answer, ada.ask(document, &json!({ "it": NOBODYS })).await, "{document}");
        assert!(!answer.to_string().contains("Grace alone"), "{document}");
        // And is there for whoever it belongs to.
        assert_ne!(answer, grace.ask(document, &json!({ "it": theirs })).await, "{document}");
    }
    assert_eq!(ada.inbox().await, own);
    let after = grace.inbox().await;
    assert_eq!(after["alerts"]["edges"][0]["node"]["id"], before["alerts"]["edges"][0]["node"]["id"]);
}

#[tokio::test]
async fn somebody_elses_position_answers_everywhere_like_one_that_was_never_given() {
    let (_app, ada, grace, _) = house().await;
    let (theirs, own) = (grace.position().await, ada.position().await);
    let never: String =
        own.chars().take(16).chain("0123456789abcdef".chars()).chain("00000003".chars()).collect();
    let documents = Schema::read().taking("Position");
    assert!(!documents.is_empty());
    for document in &documents {
        let answer = ada.ask(document, &json!({ "it": theirs })).await;
        assert_eq!(answer, ada.ask(document, &json!({ "it": never })).await, "{document}");
    }
    assert_eq!((ada.position().await, grace.position().await), (own, theirs.clone()));
    // A subscription says that it cannot go on from there, and tells nothing of what happened there.
    let event = Ear::after(&ada, &theirs).await.frame().await["payload"]["data"]["inboxChanged"].take();
    assert_eq!((&event["__typename"], &event["unreadCount"]), (&json!("InboxReset"), &json!(3)));
}

#[tokio::test]
async fn somebody_elses_cursor_leads_through_ones_own_list() {
    let (_app, ada, grace, _) = house().await;
    let ids = |list: &Value| -> Vec<Value> {
        let edges = list["inbox"]["alerts"]["edges"].as_array().unwrap();
        edges.iter().map(|edge| edge["node"]["id"].clone()).collect()
    };
    let all = "{ inbox { alerts { edges { cursor node { id } } } } }";
    let (own, theirs) = (ada.data(all, &json!({})).await, grace.data(all, &json!({})).await);
    for edge in theirs["inbox"]["alerts"]["edges"].as_array().unwrap() {
        for window in ["first: 9, after", "last: 9, before"] {
            let query = format!(
                "{{ inbox {{ alerts({window}: {}) {{ edges {{ node {{ id }} }} }} }} }}",
                edge["cursor"]
            );
            let found = ids(&ada.data(&query, &json!({})).await);
            assert!(found.iter().all(|id| ids(&own).contains(id)), "{query}");
        }
    }
}
