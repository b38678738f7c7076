//! The schema is the one that was promised.

use std::collections::BTreeSet;

use async_graphql::parser::{
    parse_schema,
    types::{FieldDefinition, InputValueDefinition, TypeDefinition, TypeKind, TypeSystemDefinition},
};
use belfry::server::graphql::sdl;

/// The contract that others build on. Fields and types may be added to it, never changed or removed.
const CONTRACT: &str = r#"
scalar DateTime
scalar Position
scalar JSON
enum Severity { INFO SUCCESS WARNING CRITICAL }
type Query { viewer: User  inbox: Inbox!  alert(id: ID!): Alert }
type User { id: ID!  name: String!  avatarUrl: String }
type Actor { id: ID  name: String!  avatarUrl: String }
type Inbox {
  unreadCount: Int!  counts: Counts!  revision: Int!  position: Position!
  alerts(first: Int, after: String, last: Int, before: String, filter: AlertFilter): AlertConnection!
}
type Alert {
  id: ID!  revision: Int!  kind: String!  severity: Severity!  title: String!  body: String!  link: String
  actor: Actor  data: JSON  createdAt: DateTime!  readAt: DateTime  archivedAt: DateTime  snoozedUntil: DateTime
  expiresAt: DateTime
}
type Counts { unseen: Int!  unread: Int!  archived: Int!  snoozed: Int! }
type AlertConnection { edges: [AlertEdge!]!  pageInfo: PageInfo! }
type AlertEdge { node: Alert!  cursor: String! }
type PageInfo { hasNextPage: Boolean!  hasPreviousPage: Boolean!  startCursor: String  endCursor: String }
enum Place { INBOX ARCHIVE SNOOZED }
input AlertFilter { place: Place! = INBOX  unread: Boolean  kinds: [String!]  severities: [Severity!] }
input ActorInput { id: ID  name: String!  avatarUrl: String }
input CreateAlertInput {
  recipientId: ID!  kind: String!  title: String!  body: String! = ""  severity: Severity! = INFO
  link: String  actor: ActorInput  data: JSON  expiresAt: DateTime  idempotencyKey: String
}
type Problem { code: ProblemCode!  field: String  message: String! }
type CreateAlertPayload { alert: Alert  problem: Problem }
type AlertPayload { alert: Alert  inbox: Inbox  problem: Problem }
type InboxPayload { inbox: Inbox  problem: Problem }
type Mutation {
  createAlert(input: CreateAlertInput!): CreateAlertPayload!
  markAlertRead(id: ID!): AlertPayload!  markAlertUnread(id: ID!): AlertPayload!
  archiveAlert(id: ID!): AlertPayload!  snoozeAlert(id: ID!, until: DateTime!): AlertPayload!
  deleteAlert(id: ID!): AlertPayload!  restoreAlert(id: ID!): AlertPayload!
  markAllAlertsRead(upTo: Position!, filter: AlertFilter): InboxPayload!
  markAllAlertsSeen(upTo: Position!): InboxPayload!
}
type Subscription {
  alertAdded: Alert!  alertRead: Alert!
  inboxChanged(after: Position): InboxEvent!
}
union InboxEvent = AlertChanged | AlertsChanged | InboxReset
type AlertChanged { alertId: ID!  alert: Alert  revision: Int!  position: Position!  unreadCount: Int!  counts: Counts! }
type AlertsChanged { alertIds: [ID!]  alerts: [Alert!]  revision: Int!  position: Position!  unreadCount: Int!  counts: Counts! }
type InboxReset { revision: Int!  position: Position!  unreadCount: Int!  counts: Counts! }
"#;

/// Every single thing that a schema says, as one line each.
fn facts(sdl: &str) -> BTreeSet<String> {
    let definitions = parse_schema(sdl).unwrap().definitions;
    let types = definitions.iter().filter_map(|definition| match definition {
        TypeSystemDefinition::Type(defined) => Some(&defined.node),
        _ => None,
    });
    types.flat_map(facts_of).collect()
}

fn facts_of(defined: &TypeDefinition) -> Vec<String> {
    let name = &defined.name.node;
    match &defined.kind {
        TypeKind::Scalar => vec![format!("scalar {name}")],
        TypeKind::Object(object) => {
            object.fields.iter().flat_map(|field| field_facts(name, &field.node)).collect()
        }
        TypeKind::InputObject(input) => {
            input.fields.iter().map(|field| format!("input {name}.{}", input_fact(&field.node))).collect()
        }
        TypeKind::Enum(of) => of.values.iter().map(|it| format!("{name} = {}", it.node.value.node)).collect(),
        TypeKind::Union(of) => of.members.iter().map(|member| format!("{name} = {}", member.node)).collect(),
        TypeKind::Interface(_) => vec![format!("interface {name}")],
    }
}

fn field_facts(owner: &str, field: &FieldDefinition) -> Vec<String> {
    let arguments = field.arguments.iter();
    let mut facts: Vec<String> = arguments
        .map(|argument| format!("{owner}.{}({})", field.name.node, input_fact(&argument.node)))
        .collect();
    facts.push(format!("{owner}.{}: {}", field.name.node, field.ty.node));
    facts
}

fn input_fact(input: &InputValueDefinition) -> String {
    let default = input.default_value.as_ref().map(|value| format!(" = {}", value.node));
    format!("{}: {}{}", input.name.node, input.ty.node, default.unwrap_or_default())
}

#[test]
fn the_committed_schema_is_the_served_one() {
    let committed = include_str!("../../server/graphql/schema.graphql");
    assert!(committed == sdl(), "write it anew: make schema");
}

#[test]
fn nothing_of_the_contract_is_missing_or_different() {
    let (promised, served) = (facts(CONTRACT), facts(&sdl()));
    assert!(promised.len() > 90);
    let broken: Vec<_> = promised.difference(&served).collect();
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn an_inbox_event_is_one_of_three_for_good() {
    let served = facts(&sdl());
    let events: Vec<_> = served.iter().filter_map(|fact| fact.strip_prefix("InboxEvent = ")).collect();
    assert_eq!(events, ["AlertChanged", "AlertsChanged", "InboxReset"]);
}

#[test]
fn nobody_can_name_whose_inbox_is_meant() {
    let served = facts(&sdl());
    let arguments = served.iter().filter(|fact| fact.contains('('));
    let naming: Vec<_> =
        arguments.filter(|fact| fact.contains("user") || fact.contains("recipient")).collect();
    assert!(naming.is_empty(), "{naming:?}");
}
