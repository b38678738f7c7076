//! A PostgreSQL that is reached over TLS, by `sslmode=verify-full`.

use std::time::{Duration, Instant};

use belfry::server::store::{self, Pool};

use super::support::{alert, fresh, user};
use crate::support::{
    app::Folder, authority::Authority, database::Database, postgres::PostgresServer, program::Serving,
    voice::Voice,
};

/// The address of a server by a name, for whoever trusts what is in a file.
fn url(server: &PostgresServer, host: &str, trusted: &Authority) -> String {
    let file = trusted.file("ca.pem");
    format!("postgres://belfry@{host}:{}/postgres?sslmode=verify-full&sslrootcert={file}", server.port)
}

/// The sentence of a refusal, which comes at once: nobody waits for what will not change.
async fn refusal(url: &str) -> String {
    let begin = Instant::now();
    let said = store::open(url, Pool::default()).await.map(drop).unwrap_err().to_string();
    assert!(begin.elapsed() < Duration::from_secs(10), "{:?}", begin.elapsed());
    assert!(said.contains("is not to be trusted"), "{said}");
    assert!(said.ends_with("check its certificate, and sslrootcert in DATABASE_URL"), "{said}");
    said
}

#[tokio::test]
async fn a_server_for_which_the_authority_vouches_is_used_over_tls_alone() {
    let authority = Authority::new();
    let server = PostgresServer::secured(&authority).await;
    let store = store::open(&url(&server, "127.0.0.1", &authority), Pool::default()).await.unwrap();
    store.raise("test", fresh(), &alert(&user("ada"))).await.unwrap();
    let mut watcher = server.connect().await.unwrap();
    let connections = "select bool_and(ssl), count(*) from pg_stat_ssl join pg_stat_activity using (pid)
                       where application_name = 'belfry'";
    let (secret, count): (bool, i64) = sqlx::query_as(connections).fetch_one(&mut watcher).await.unwrap();
    assert!(secret && count >= 1, "{secret} {count}");
}

#[tokio::test]
async fn a_server_that_goes_by_another_name_is_refused_at_once() {
    let authority = Authority::new();
    let server = PostgresServer::secured(&authority).await;
    let said = refusal(&url(&server, "localhost", &authority)).await;
    assert!(said.contains("not valid for name"), "{said}");
}

#[tokio::test]
async fn a_server_for_which_nobody_vouches_is_refused_at_once() {
    let (authority, other) = (Authority::new(), Authority::new());
    let server = PostgresServer::secured(&other).await;
    let said = refusal(&url(&server, "127.0.0.1", &authority)).await;
    assert!(said.contains("UnknownIssuer"), "{said}");
}

#[tokio::test]
async fn a_server_without_tls_is_refused_at_once() {
    let said = refusal(&format!("{}?sslmode=verify-full", Database::on_server().url())).await;
    assert!(said.contains("does not support TLS"), "{said}");
}

#[tokio::test]
async fn a_node_trusts_the_authorities_of_its_machine() {
    let (authority, folder) = (Authority::new(), Folder::in_file());
    let server = PostgresServer::secured(&authority).await;
    let url = format!("postgres://belfry@127.0.0.1:{}/postgres?sslmode=verify-full", server.port);
    let flags = folder.flags(&["--mode", "production", "--database-url", &url]);
    let trust = [("SSL_CERT_FILE", authority.file("ca.pem"))];
    let node = Serving::in_environment(&flags, &trust, &folder.path("log")).await;
    let answer = Voice::new(node.address.parse().unwrap(), None).get("/readyz").await;
    assert_eq!(answer.status(), 200);
}
