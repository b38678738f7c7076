//! GraphiQL, in demo mode: a page that loads nothing but files of this host.

use axum::{
    http::header::CONTENT_SECURITY_POLICY,
    response::{Html, IntoResponse},
};

/// It shares this host with people's sessions. Its scripts write styles and bring their fonts along.
const POLICY: &str = "default-src 'none'; script-src 'self' 'unsafe-inline'; \
    style-src 'self' 'unsafe-inline'; font-src data:; img-src 'self' data:; connect-src 'self'; \
    base-uri 'none'; frame-ancestors 'none'";

/// The files beside this page are copied from their npm packages into `public/graphiql` by `make`.
const PAGE: &str = r#"<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>GraphiQL · Belfry</title>
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/graphiql/graphiql.min.css">
<style>html, body, #graphiql { margin: 0; height: 100% }</style>
<script src="/graphiql/react.production.min.js"></script>
<script src="/graphiql/react-dom.production.min.js"></script>
<script src="/graphiql/graphiql.min.js"></script>
</head>
<body>
<div id="graphiql">Loading. Should this stay, run <code>make setup</code> and build again.</div>
<script type="module">
import { createClient } from "/graphiql/client.js";
const socket = new URL("/graphql/ws", location.href);
socket.protocol = socket.protocol.replace("http", "ws");
const fetcher = GraphiQL.createFetcher({
  url: "/graphql",
  wsClient: createClient({ url: socket.href, lazy: true }),
});
const defaultQuery = "{\n  viewer { id name }\n  inbox {\n    unreadCount\n    alerts(first: 5) { edges { node { title readAt } } }\n  }\n}\n";
ReactDOM.createRoot(document.getElementById("graphiql"))
  .render(React.createElement(GraphiQL, { fetcher, defaultQuery }));
</script>
</body>
</html>
"#;

/// `GET /graphiql`.
pub async fn page() -> impl IntoResponse {
    ([(CONTENT_SECURITY_POLICY, POLICY)], Html(PAGE))
}
