//! A change is rendered once for all sockets that ask the same.

use std::sync::Arc;

use async_graphql::{Request, Variables};
use axum::extract::ws::Utf8Bytes;
use belfry::{
    domain::new_alert::Draft,
    server::{
        alerts::Alerts,
        auth::{Auth, Caller, Person, Throttle},
        broker::Memory,
        graphql::{
            Bounds, Engine, schema,
            ws::{Step, Steps},
        },
    },
};
use futures_util::StreamExt;
use serde_json::json;

use crate::support::app::Folder;

/// An engine and the use cases behind it.
struct Works {
    engine: Engine,
    alerts: Alerts,
    _folder: Folder,
}

impl Works {
    async fn new() -> Self {
        let folder = Folder::new();
        let store = folder.database.open().await;
        let broker = Arc::new(Memory::default());
        let alerts = Alerts::new(store.clone(), broker.clone());
        let auth = Auth::new(store, broker, None, Throttle::new(None));
        let schema = schema(alerts.clone(), false, &Bounds::DEFAULT, 100);
        let engine = Engine::new(schema, alerts.clone(), auth, Bounds::DEFAULT);
        Self { engine, alerts, _folder: folder }
    }

    async fn raise(&self) {
        let draft =
            Draft { recipient_id: "ada".into(), kind: "k".into(), title: "t".into(), ..Draft::default() };
        self.alerts.raise("test", draft).await.unwrap();
    }

    async fn position(&self) -> String {
        self.alerts.inbox(&"ada".parse().unwrap(), &[]).await.unwrap().standing.position.to_string()
    }

    /// A subscription of ada's that has heard all there is: one result of whatever it begins with.
    async fn begun(&self, query: &str, after: Option<&str>) -> Steps {
        let caller = Caller::Person(Person { id: "ada".parse().unwrap(), right: None, ends_at: None });
        let variables = Variables::from_json(json!({ "after": after, "no": true }));
        let mut operation = self.engine.operation(caller, Request::new(query).variables(variables));
        next(&mut operation).await;
        operation
    }
}

async fn next(operation: &mut Steps) -> Utf8Bytes {
    match operation.next().await {
        Some(Step::Next(bytes)) => bytes,
        other => panic!("expected a result: {other:?}"),
    }
}

const TITLES: &str = "subscription ($after: Position) { inboxChanged(after: $after) { \
    ... on AlertChanged { alert { title } revision } } }";

#[tokio::test]
async fn sockets_with_the_same_selection_share_the_bytes_wherever_they_began() {
    let works = Works::new().await;
    let empty = works.position().await;
    works.raise().await;
    let mut one = works.begun(TITLES, None).await;
    let mut other = works.begun(TITLES, Some(&empty)).await;
    works.raise().await;
    let (one, other) = (next(&mut one).await, next(&mut other).await);
    assert_eq!(one.as_str(), r#"{"data":{"inboxChanged":{"alert":{"title":"t"},"revision":2}}}"#);
    assert_eq!(one.as_str().as_ptr(), other.as_str().as_ptr());
}

#[tokio::test]
async fn another_selection_has_its_own_bytes() {
    let works = Works::new().await;
    let ids = "subscription { inboxChanged { ... on AlertChanged { alertId } } }";
    let skipped =
        "subscription ($no: Boolean!) { inboxChanged { ... on AlertChanged @skip(if: $no) { alertId } } }";
    let (mut titles, mut ids, mut skipped) =
        (works.begun(TITLES, None).await, works.begun(ids, None).await, works.begun(skipped, None).await);
    works.raise().await;
    assert!(next(&mut titles).await.contains("title"));
    assert!(next(&mut ids).await.contains("alertId"));
    assert_eq!(next(&mut skipped).await.as_str(), r#"{"data":{"inboxChanged":{}}}"#);
}
