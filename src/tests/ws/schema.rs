//! A small real schema to run operations on, with handles for the test to hold.

use std::sync::Arc;

use async_graphql::{Error, ErrorExtensions, Object, Schema, Subscription};
use futures_util::{Stream, StreamExt, stream};
use tokio::sync::{Semaphore, watch};

/// What a test holds on to while operations run.
#[derive(Clone)]
pub struct Handles {
    /// Each permit lets one slow operation through.
    pub gate: Arc<Semaphore>,
    /// How many operations are alive, in whatever state.
    pub alive: watch::Sender<usize>,
}

/// Counts an operation for as long as it exists.
pub struct Alive(watch::Sender<usize>);

impl Alive {
    pub fn new(alive: &watch::Sender<usize>) -> Self {
        alive.send_modify(|count| *count += 1);
        Self(alive.clone())
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

pub type TestSchema = Schema<Query, Mutation, Ticks>;

pub fn schema(handles: Handles) -> TestSchema {
    Schema::build(Query, Mutation, Ticks).data(handles).finish()
}

pub struct Query;

#[Object]
impl Query {
    async fn hello(&self) -> &str {
        "world"
    }

    async fn slow(&self, ctx: &async_graphql::Context<'_>) -> async_graphql::Result<&str> {
        ctx.data::<Handles>()?.gate.acquire().await?.forget();
        Ok("at last")
    }
}

pub struct Mutation;

#[Object]
impl Mutation {
    async fn double(&self, number: i32) -> i32 {
        number * 2
    }
}

pub struct Ticks;

#[Subscription]
impl Ticks {
    async fn count(&self, to: i32) -> impl Stream<Item = i32> {
        stream::iter(1..=to)
    }

    async fn never(&self) -> impl Stream<Item = i32> {
        stream::pending()
    }

    /// Always has more.
    async fn hot(&self, bytes: usize) -> impl Stream<Item = String> {
        stream::repeat("x".repeat(bytes))
    }

    /// Fails as a whole after its first event, and would go on.
    async fn fails(&self) -> impl Stream<Item = async_graphql::Result<i32>> {
        stream::iter([Ok(1), Err(coded("the stream broke", "BROKEN")), Ok(2)])
    }

    /// The right ends after the first event.
    async fn ousted(&self) -> impl Stream<Item = async_graphql::Result<i32>> {
        stream::iter([Ok(1), Err(coded("out", "ENDED"))]).chain(stream::pending())
    }
}

fn coded(message: &str, code: &str) -> Error {
    Error::new(message).extend_with(|_, extensions| extensions.set("code", code))
}
