use std::{fs, path::Path};

use belfry::server::graphql::sdl;

use super::{done, help, misread, over};
use crate::support::{
    app::Folder,
    program::{PROGRAM, belfry, command, run},
};

#[tokio::test]
async fn migrate_makes_the_database_and_may_be_repeated() {
    let folder = Folder::in_file();
    for _ in 0..2 {
        let ran = over(&folder, &["migrate"]).await;
        assert_eq!(done(&ran), format!("{} is up to date.", folder.url()));
    }
    assert!(folder.path("belfry.db").exists());
}

#[tokio::test]
async fn a_restored_database_has_to_be_named() {
    let folder = Folder::in_file();
    let mut restored = command(Path::new(PROGRAM), &["migrate", "--restored"]);
    restored.current_dir(folder.path("."));
    let ran = run(restored, "").await;
    let said =
        "belfry: --restored needs DATABASE_URL, or --database-url: name the database that was restored";
    assert_eq!((ran.code, ran.err.trim()), (Some(1), said));
    assert!(!folder.path("data").exists());
}

#[tokio::test]
async fn a_secret_may_stand_in_a_file_and_no_help_shows_it() {
    let folder = Folder::in_file();
    let secret = folder.path("secret");
    for (arguments, said) in [
        (&["migrate"][..], format!("{} is up to date.\n", folder.url())),
        (&["token", "list"], String::new()),
        (&["token", "revoke", "--name", "ci"], "--name: there is no live token named ci".to_owned()),
    ] {
        fs::write(&secret, folder.url() + "\n").unwrap();
        let mut command = command(Path::new(PROGRAM), arguments);
        command.env("DATABASE_URL_FILE", &secret).current_dir(folder.path("."));
        let ran = run(command, "").await;
        assert!(ran.out.contains(&said) || ran.err.contains(&said), "{ran:?}");
    }
    assert!(folder.path("belfry.db").exists() && !folder.path("data").exists());
    fs::write(&secret, "hunter2").unwrap();
    for arguments in [&["--help"][..], &["serve", "--help"], &["check"]] {
        let mut command = command(Path::new(PROGRAM), arguments);
        command.env("BELFRY_JWT_SECRET_FILE", &secret).env("REDIS_URL_FILE", &secret);
        let ran = run(command, "").await;
        assert!(!ran.out.contains("hunter2") && !ran.err.contains("hunter2"), "{ran:?}");
        assert!(arguments != ["check"] || ran.out.contains("BELFRY_JWT_SECRET"), "{ran:?}");
    }
}

#[tokio::test]
async fn schema_prints_the_committed_schema() {
    let ran = belfry(&["schema"]).await;
    done(&ran);
    assert_eq!(ran.out, sdl());
    assert_eq!(ran.out, include_str!("../../server/graphql/schema.graphql"));
}

#[tokio::test]
async fn the_help_of_every_command_has_an_example_that_begins_with_it() {
    for command in [
        "serve",
        "check",
        "migrate",
        "schema",
        "user add",
        "user password",
        "token create",
        "token list",
        "token revoke",
        "alert send",
    ] {
        let help = help(&command.split(' ').collect::<Vec<_>>()).await;
        let example = help.split_once("Example: ").unwrap_or_else(|| panic!("{command}: {help}")).1;
        assert!(example.contains(&format!("belfry {command}")), "{command}: {example}");
    }
    assert!(help(&[]).await.contains("Example: belfry"));
}

#[tokio::test]
async fn the_help_of_serve_names_the_variable_of_every_setting_and_no_secret() {
    let help = help(&["serve"]).await;
    for variable in [
        "DATABASE_URL",
        "REDIS_URL",
        "LEPTOS_SITE_ADDR",
        "LEPTOS_SITE_ROOT",
        "BELFRY_MODE",
        "BELFRY_JWT_SECRET",
        "BELFRY_JWT_JWKS",
        "BELFRY_JWT_LEEWAY",
        "BELFRY_INTROSPECTION",
        "BELFRY_LIMITS",
        "BELFRY_LIMIT_OPERATIONS",
        "BELFRY_LOG",
        "BELFRY_PROBES_ADDR",
        "BELFRY_REDIS_PREFIX",
        "BELFRY_SHUTDOWN_DELAY",
    ] {
        assert!(help.contains(&format!("[env: {variable}")), "{variable}");
    }
}

#[tokio::test]
async fn help_shows_no_secret_of_the_environment() {
    for arguments in [&["--help"][..], &["serve", "--help"], &["migrate", "--help"], &["serve", "-h"]] {
        let mut command = command(Path::new(PROGRAM), arguments);
        for variable in ["DATABASE_URL", "REDIS_URL", "BELFRY_JWT_SECRET"] {
            command.env(variable, "scheme://me:hunter2@host");
        }
        let help = run(command, "").await;
        assert!(help.out.contains("DATABASE_URL") && !help.out.contains("hunter2"), "{help:?}");
    }
}

#[tokio::test]
async fn what_is_no_command_or_flag_is_named() {
    for argument in ["ring", "--loud"] {
        assert!(misread(&belfry(&[argument]).await).contains(argument));
    }
}
