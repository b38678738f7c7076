use serde_json::json;

use super::{done, misread, over, reading, refused};
use crate::support::app::{App, Folder};

#[tokio::test]
async fn somebody_who_was_added_can_sign_in_to_a_running_server() {
    let app = App::start().await;
    let add = ["user", "add", "ada", "--name", "Ada Byron"];
    assert_eq!(done(&reading("a long password\n", &app.folder, &add).await), "ada can sign in.");
    let ada = app.sign_in("ada", "a long password").await;
    assert_eq!(ada.data("{ viewer { name } }", &json!({})).await["viewer"]["name"], "Ada Byron");
}

#[tokio::test]
async fn a_password_can_be_changed() {
    let app = App::start().await;
    done(&reading("first\r\n", &app.folder, &["user", "add", "ada"]).await);
    let ran = reading("second", &app.folder, &["user", "password", "ada"]).await;
    assert_eq!(done(&ran), "ada has another password, and is signed out everywhere.");
    app.sign_in("ada", "second").await;
    let old = app.nobody().post("/login", &[("user", "ada"), ("password", "first")]).await;
    assert_eq!(old.status(), 401);
}

#[tokio::test]
async fn each_refusal_says_what_to_do() {
    let folder = Folder::new();
    let empty = reading("\n", &folder, &["user", "add", "ada"]).await;
    assert_eq!(refused(&empty), "the password must not be empty");
    let long = reading(&"x".repeat(1_025), &folder, &["user", "add", "ada"]).await;
    assert_eq!(refused(&long), "the password must be at most 1024 bytes long");
    let absent = reading("a word", &folder, &["user", "password", "ada"]).await;
    assert_eq!(refused(&absent), "there is no ada: use `belfry user add ada`");
    done(&reading("a word", &folder, &["user", "add", "ada"]).await);
    let again = reading("a word", &folder, &["user", "add", "ada"]).await;
    assert!(refused(&again).contains("use `belfry user password ada`"));
    let malformed = over(&folder, &["user", "add", "a b"]).await;
    assert!(misread(&malformed).contains("must be 1-64 characters of A-Z a-z 0-9 _ . @ : -"));
}

#[tokio::test]
async fn a_name_that_does_not_fit_names_the_flag() {
    let folder = Folder::new();
    for name in ["", " ", "two\nlines", &"n".repeat(101)] {
        let ran = reading("a word", &folder, &["user", "add", "ada", "--name", name]).await;
        assert!(misread(&ran).contains("--name"), "{name:?}");
    }
    assert!(!folder.path("belfry.db").exists());
}

#[tokio::test]
async fn a_person_who_has_an_inbox_already_can_be_given_a_password() {
    let app = App::start().await;
    app.publisher().await.raise("ada", "Hello").await;
    done(&reading("a word", &app.folder, &["user", "add", "ada", "--name", "Ada Byron"]).await);
    let ada = app.sign_in("ada", "a word").await;
    assert_eq!(ada.data("{ viewer { name } }", &json!({})).await["viewer"]["name"], "Ada Byron");
    assert_eq!(ada.unread().await, 1);
}
