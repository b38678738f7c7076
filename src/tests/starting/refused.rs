//! A start that cannot be stops with one sentence, which names the setting.

use std::{
    fs::{self, Permissions},
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
};

use tokio::net::TcpListener;

use crate::support::{
    app::Folder,
    program::{PROGRAM, Ran, command, run},
};

/// Starts a server with settings from the environment, which must not start.
pub async fn start(folder: &Folder, settings: &[(&str, &str)]) -> String {
    let (url, site) = (folder.url(), folder.path("site"));
    let mut command = command(Path::new(PROGRAM), &[]);
    command.env("DATABASE_URL", url).env("LEPTOS_SITE_ROOT", site).env("LEPTOS_SITE_ADDR", "127.0.0.1:0");
    command.envs(settings.iter().copied());
    sentence(&run(command, "").await)
}

fn sentence(ran: &Ran) -> String {
    assert_eq!((ran.code, ran.out.as_str(), ran.err.lines().count()), (Some(1), "", 1), "{ran:?}");
    ran.err.strip_prefix("belfry: ").unwrap().trim_end().to_owned()
}

#[tokio::test]
async fn settings_that_contradict_each_other_are_named() {
    let folder = Folder::in_file();
    let empty_keys = folder.path("keys.json");
    fs::write(&empty_keys, r#"{"keys":[]}"#).unwrap();
    let (absent, empty_keys) = (folder.path("absent.json"), empty_keys.to_str().unwrap());
    for (settings, named) in [
        (
            vec![("BELFRY_JWT_SECRET", "s"), ("BELFRY_JWT_JWKS", empty_keys)],
            "BELFRY_JWT_SECRET and BELFRY_JWT_JWKS",
        ),
        (vec![("BELFRY_JWT_SECRET", "")], "BELFRY_JWT_SECRET"),
        (vec![("BELFRY_JWT_JWKS", absent.to_str().unwrap())], "BELFRY_JWT_JWKS"),
        (vec![("BELFRY_JWT_JWKS", empty_keys)], "BELFRY_JWT_JWKS"),
        (vec![("BELFRY_MODE", "demo"), ("LEPTOS_SITE_ADDR", "0.0.0.0:0")], "LEPTOS_SITE_ADDR"),
        (vec![("REDIS_URL", "redis://:hunter2@127.0.0.1:port")], "REDIS_URL"),
        (vec![("DATABASE_URL", "mysql://belfry@127.0.0.1/belfry")], "DATABASE_URL"),
        (vec![("DATABASE_URL", "postgres://belfry:hunter2@127.0.0.1:port/belfry")], "DATABASE_URL"),
        (vec![("DATABASE_URL", "sqlite::memory:")], "sqlite://"),
        (vec![("LEPTOS_SITE_ROOT", "/nowhere/at/all")], "LEPTOS_SITE_ROOT"),
        (vec![("REDIS_URL_FILE", "/nowhere/at/all")], "REDIS_URL_FILE: /nowhere/at/all"),
        (
            vec![("BELFRY_JWT_SECRET", "hunter2"), ("BELFRY_JWT_SECRET_FILE", empty_keys)],
            "BELFRY_JWT_SECRET and BELFRY_JWT_SECRET_FILE",
        ),
    ] {
        let said = start(&folder, &settings).await;
        assert!(said.contains(named) && !said.contains("hunter2"), "{settings:?}: {said}");
    }
}

#[tokio::test]
async fn a_setting_of_no_sense_is_named_before_anything_else() {
    let folder = Folder::in_file();
    for (variable, flag, value) in [
        ("BELFRY_MODE", "--mode", "party"),
        ("BELFRY_MODE", "--mode", ""),
        ("LEPTOS_SITE_ADDR", "--site-addr", "here"),
        ("BELFRY_PROBES_ADDR", "--probes-addr", "there"),
        ("BELFRY_JWT_LEEWAY", "--jwt-leeway", "6"),
        ("BELFRY_LIMIT_OPERATIONS", "--limit-operations", "19"),
        ("BELFRY_LIMITS", "--limits", "some"),
        ("BELFRY_LIMIT_SIGN_INS", "--limit-sign-ins", "0"),
        ("BELFRY_LIMIT_SIGN_INS_ADDRESS", "--limit-sign-ins-address", "many"),
        ("BELFRY_INTROSPECTION", "--introspection", "maybe"),
        ("BELFRY_LOG", "--log", "loud"),
        ("BELFRY_SHUTDOWN_DELAY", "--shutdown-delay", "301"),
        ("BELFRY_RETENTION", "--retention", "read=soon"),
        ("BELFRY_RETENTION", "--retention", "expired=6d"),
        ("BELFRY_RETENTION", "--retention", ""),
        ("BELFRY_REDIS_PREFIX", "--redis-prefix", "news*"),
        ("BELFRY_REDIS_PREFIX", "--redis-prefix", "{belfry}:"),
        ("BELFRY_REDIS_PREFIX", "--redis-prefix", "two words:"),
        ("BELFRY_REDIS_PREFIX", "--redis-prefix", ""),
    ] {
        let mut command = command(Path::new(PROGRAM), &[]);
        command.env("DATABASE_URL", folder.url()).env(variable, value);
        let ran = run(command, "").await;
        assert_eq!((ran.code, ran.out.as_str()), (Some(2), ""), "{ran:?}");
        assert!(ran.err.contains(flag) && ran.err.contains(value), "{ran:?}");
        assert!(ran.err.contains(&format!("the value is that of the variable {variable}\n")), "{ran:?}");
    }
    let mut command = command(Path::new(PROGRAM), &["--mode", "party"]);
    command.env("BELFRY_MODE", "production");
    let ran = run(command, "").await;
    assert!(ran.err.contains("--mode") && !ran.err.contains("BELFRY_MODE"), "{ran:?}");
    assert!(!folder.path("belfry.db").exists());
}

#[tokio::test]
async fn a_port_in_use_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let said = start(&Folder::in_file(), &[("LEPTOS_SITE_ADDR", &address)]).await;
    assert!(said.starts_with("LEPTOS_SITE_ADDR") && said.contains(&address), "{said}");
}

#[tokio::test]
async fn a_broken_database_is_named_and_left_as_it_is() {
    let folder = Folder::in_file();
    let broken = "this was a database once. ".repeat(200);
    fs::write(folder.path("belfry.db"), &broken).unwrap();
    let said = start(&folder, &[]).await;
    assert!(said.contains("belfry.db is not a sound SQLite file") && said.contains("DATABASE_URL"), "{said}");
    assert_eq!(fs::read_to_string(folder.path("belfry.db")).unwrap(), broken);
}

#[tokio::test]
async fn a_database_that_cannot_be_written_is_named() {
    let folder = Folder::in_file();
    let (program, account) = without_privileges(&folder);
    let (url, site) = (folder.url(), folder.path("site").display().to_string());
    let flags = ["--database-url", &url, "--site-root", &site, "--site-addr", "127.0.0.1:0"];
    assert_eq!(crate::support::program::belfry(&["migrate", "--database-url", &url]).await.code, Some(0));
    fs::set_permissions(folder.path("belfry.db"), Permissions::from_mode(0o444)).unwrap();
    let mut command = command(&program, &flags);
    if let Some(account) = account {
        command.uid(account);
    }
    let said = sentence(&run(command, "").await);
    assert!(said.contains("belfry.db") && said.contains("let the account that runs Belfry write"), "{said}");
}

/// Permissions bind everybody but root: then the program runs from a copy that anybody may reach,
/// in another account.
fn without_privileges(folder: &Folder) -> (PathBuf, Option<u32>) {
    let home = folder.path("");
    if fs::metadata(&home).unwrap().uid() != 0 {
        return (PROGRAM.into(), None);
    }
    fs::set_permissions(&home, Permissions::from_mode(0o755)).unwrap();
    let copy = folder.path("belfry");
    fs::copy(PROGRAM, &copy).unwrap();
    (copy, Some(65_534))
}

#[tokio::test]
async fn a_site_that_was_not_built_is_named() {
    let folder = Folder::in_file();
    fs::remove_file(folder.path("site/pkg/belfry.h4sh.wasm")).unwrap();
    let said = start(&folder, &[]).await;
    assert!(said.contains("belfry*.wasm") && said.contains("LEPTOS_SITE_ROOT"), "{said}");
}
