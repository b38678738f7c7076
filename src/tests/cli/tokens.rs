use serde_json::json;

use super::{done, misread, over, refused};
use crate::support::app::{App, Folder};

#[tokio::test]
async fn a_token_is_good_as_soon_as_it_is_made_and_until_it_is_revoked() {
    let app = App::start().await;
    let created = over(&app.folder, &["token", "create", "--name", "ci"]).await;
    let publisher = app.bearer(done(&created));
    publisher.raise("ada", "Hello").await;
    assert_eq!(done(&over(&app.folder, &["token", "revoke", "--name", "ci"]).await), "ci is revoked.");
    let answer = publisher.ask("{ __typename }", &json!({})).await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
}

#[tokio::test]
async fn the_list_tells_tokens_apart_and_shows_no_secret() {
    let folder = Folder::new();
    let mut secrets = Vec::new();
    for name in ["ci", "shop"] {
        let created = over(&folder, &["token", "create", "--name", name]).await;
        secrets.push(done(&created).to_owned());
    }
    done(&over(&folder, &["token", "revoke", "--name", "ci"]).await);
    let listed = over(&folder, &["token", "list"]).await;
    let lines: Vec<_> = done(&listed).lines().collect();
    assert!(lines[0].starts_with("ci\tbelfry_") && lines[0].contains("revoked"), "{lines:?}");
    assert!(lines[1].starts_with("shop\tbelfry_") && lines[1].ends_with("never used"), "{lines:?}");
    assert!(secrets.iter().all(|secret| secret.len() > 40 && !listed.out.contains(secret)));
}

#[tokio::test]
async fn a_scope_is_given_by_flags_and_listed() {
    let app = App::start().await;
    let scope = ["--kind", "test", "--kind", "build.*", "--recipient", "ada"];
    let created = over(&app.folder, &[&["token", "create", "--name", "ci"][..], &scope].concat()).await;
    let publisher = app.bearer(done(&created));
    publisher.raise("ada", "Hello").await;
    let create = "mutation { createAlert(input: { recipientId: \"bob\", kind: \"test\", title: \"t\" }) { problem { field } } }";
    let refused = publisher.ask(create, &json!({})).await;
    assert_eq!(refused["errors"][0]["message"], "recipientId is outside of this token's scope");
    done(&over(&app.folder, &["token", "create", "--name", "shop"]).await);
    let listed = over(&app.folder, &["token", "list"]).await;
    let lines: Vec<_> = done(&listed).lines().collect();
    assert!(lines[0].contains("\traises test, build.* for ada\t"), "{lines:?}");
    assert!(lines[1].contains("\traises anything for anybody\t"), "{lines:?}");
}

#[tokio::test]
async fn each_refusal_names_the_flag() {
    let folder = Folder::new();
    done(&over(&folder, &["token", "create", "--name", "ci"]).await);
    let taken = over(&folder, &["token", "create", "--name", "ci"]).await;
    assert!(refused(&taken).starts_with("--name: "));
    let unknown = over(&folder, &["token", "revoke", "--name", "shop"]).await;
    assert!(refused(&unknown).starts_with("--name: "));
    for malformed in ["", " ", "two\nlines", &"n".repeat(65)] {
        let ran = over(&folder, &["token", "create", "--name", malformed]).await;
        assert!(misread(&ran).contains("--name"), "{malformed:?}");
    }
    for (flag, malformed) in
        [("--kind", ""), ("--kind", "two\nlines"), ("--recipient", "a b"), ("--recipient", "a*b")]
    {
        let ran = over(&folder, &["token", "create", "--name", "other", flag, malformed]).await;
        assert!(misread(&ran).contains(flag), "{flag} {malformed:?}");
    }
}
