//! Demo mode shows everything; production mode shows nothing of it.

use std::fs;

use serde_json::json;

use crate::support::app::{App, Folder, try_start};

const INTROSPECTION: &str = "{ __schema { queryType { name } } __type(name: \"Alert\") { name } }";

/// The message of the error that an unknown field gets.
async fn told_of_a_typo(app: &App) -> String {
    let answer = app.nobody().ask("{ viewr { id } }", &json!({})).await;
    answer["errors"][0]["message"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn demo_mode_has_people_a_panel_graphiql_and_introspection() {
    let app = App::demo().await;
    let ada = app.sign_in("ada", "demo").await;
    let answer = ada
        .post(
            "/demo/alert",
            &[("recipient", "grace"), ("severity", "INFO"), ("title", "Hello"), ("body", ""), ("link", "")],
        )
        .await;
    assert_eq!(answer.status(), 303);
    assert_eq!(app.sign_in("grace", "demo").await.unread().await, 1);
    assert_eq!(app.nobody().get("/graphiql").await.status(), 200);
    let schema = app.nobody().data(INTROSPECTION, &json!({})).await;
    assert_eq!(schema["__type"]["name"], "Alert");
    assert!(told_of_a_typo(&app).await.contains("\"viewer\""));
}

#[tokio::test]
async fn production_mode_has_none_of_it() {
    let app = App::start().await;
    let people = app.store.people().await.unwrap();
    assert!(people.is_empty(), "{people:?}");
    let answer = app.nobody().post("/login", &[("user", "ada"), ("password", "demo")]).await;
    assert_eq!(answer.status(), 401);
    assert_eq!(app.nobody().get("/graphiql").await.status(), 404);
    let raised = app.person("ada").post("/demo/alert", &[("recipient", "ada"), ("title", "Hello")]).await;
    assert!([404, 405].contains(&raised.status().as_u16()), "{}", raised.status());
    let answer = app.nobody().ask(INTROSPECTION, &json!({})).await;
    assert!(!answer.to_string().contains("Query"), "{answer}");
    let typo = told_of_a_typo(&app).await;
    assert!(typo.contains("viewr") && !typo.contains("viewer"), "{typo}");
    let page = app.nobody().get("/login").await.text().await.unwrap();
    assert!(!page.contains("Demo people"));
}

#[tokio::test]
async fn the_files_of_graphiql_are_there_in_demo_mode_only() {
    let folder = Folder::new();
    let file = folder.path("site/graphiql/graphql-ws/client.js");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, "/* client */").unwrap();
    fs::write(folder.path("site/graphiql.txt"), "not of it").unwrap();
    let spellings = [
        "/graphiql/graphql-ws/client.js",
        "//graphiql/graphql-ws/client.js",
        "/%67raphiql/graphql-ws/client.js",
        "/graphiql%2Fgraphql-ws/client.js",
    ];
    for (mode, status) in [("demo", 200), ("production", 404)] {
        let app = App::in_folder(folder.clone(), &["--mode", mode]).await;
        for path in spellings {
            assert_eq!(app.nobody().get(path).await.status(), status, "{mode} {path}");
        }
        assert_eq!(app.nobody().get("/graphiql.txt").await.status(), 200, "{mode}");
        app.stop().await;
    }
}

#[tokio::test]
async fn production_mode_has_introspection_when_it_is_switched_on() {
    let app = App::with(&["--mode", "production", "--introspection", "on"]).await;
    let schema = app.nobody().data(INTROSPECTION, &json!({})).await;
    assert_eq!(schema["__schema"]["queryType"]["name"], "Query");
}

#[tokio::test]
async fn demo_people_are_made_once_and_keep_what_they_changed() {
    let folder = App::demo().await.stop().await;
    let app = App::in_folder(folder, &["--mode", "demo"]).await;
    let hash = belfry::server::auth::password::hash("better".into()).await.unwrap();
    assert!(app.store.set_password(&"ada".parse().unwrap(), &hash, None).await.unwrap().is_some());
    let app = App::in_folder(app.stop().await, &["--mode", "demo"]).await;
    app.sign_in("ada", "better").await;
    assert_eq!(app.store.people().await.unwrap().len(), 3);
}

#[tokio::test]
async fn nothing_of_a_demo_opens_a_production_server() {
    let app = App::demo().await;
    let ada = app.sign_in("ada", "demo").await;
    // A known password may have let anybody in, whatever it was changed to later.
    let hash = belfry::server::auth::password::hash("better".into()).await.unwrap();
    assert!(app.store.set_password(&"grace".parse().unwrap(), &hash, None).await.unwrap().is_some());
    app.can_sign_in("bob", "his own").await;
    let app = App::in_folder(app.stop().await, &["--mode", "production"]).await;
    for (user, password) in [("ada", "demo"), ("grace", "better"), ("alan", "demo")] {
        let answer = app.nobody().post("/login", &[("user", user), ("password", password)]).await;
        assert_eq!(answer.status(), 401, "{user}");
    }
    let viewer = ada.at(app.address).data("{ viewer { id } }", &json!({})).await;
    assert_eq!(viewer["viewer"], json!(null));
    app.sign_in("bob", "his own").await;
    // From now on they are people like others.
    app.can_sign_in("ada", "her own").await;
    let app = App::in_folder(app.stop().await, &["--mode", "production"]).await;
    app.sign_in("ada", "her own").await;
}

#[tokio::test]
async fn demo_mode_leaves_alone_who_was_there_before() {
    let app = App::start().await;
    app.can_sign_in("ada", "her own").await;
    app.publisher().await.raise("grace", "she has an inbox and no password").await;
    let app = App::in_folder(app.stop().await, &["--mode", "demo"]).await;
    let names: Vec<_> = app.store.people().await.unwrap().into_iter().map(|user| user.name).collect();
    assert_eq!(names, ["ada", "Alan Mathison", "grace"]);
    for user in ["ada", "grace"] {
        let answer = app.nobody().post("/login", &[("user", user), ("password", "demo")]).await;
        assert_eq!(answer.status(), 401, "{user}");
    }
    app.sign_in("ada", "her own").await;
}

#[tokio::test]
async fn demo_mode_is_refused_where_others_could_reach_it() {
    let folder = Folder::in_file();
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let flags = folder.flags(&["--mode", "demo", "--site-addr", address]);
        let error = try_start(&flags).await.err().unwrap().to_string();
        assert!(error.contains("LEPTOS_SITE_ADDR") && error.contains(address), "{error}");
        assert!(!folder.path("belfry.db").exists());
    }
}
