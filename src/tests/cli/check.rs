//! What is unsafe in the settings, as somebody asks before a node starts.

use std::path::Path;

use crate::support::{
    app::Folder,
    program::{PROGRAM, Ran, command, run},
};

/// Checks settings from the environment, in a folder that is empty.
async fn check(folder: &Folder, settings: &[(&str, &str)], flags: &[&str]) -> Ran {
    let mut command = command(Path::new(PROGRAM), &[&["check"], flags].concat());
    command.current_dir(folder.path(".")).envs(settings.iter().copied());
    run(command, "").await
}

#[tokio::test]
async fn settings_in_which_nothing_is_unsafe_are_told_so() {
    let folder = Folder::in_file();
    let engines = [
        ("DATABASE_URL", "postgres://belfry:hunter2@db.invalid/belfry?sslmode=verify-full"),
        ("REDIS_URL", "rediss://belfry:hunter2@redis.invalid"),
    ];
    for settings in [&[][..], &engines] {
        let ran = check(&folder, settings, &[]).await;
        let said = (ran.code, ran.out.as_str(), ran.err.as_str());
        assert_eq!(said, (Some(0), "Nothing in these settings is unsafe.\n", ""));
    }
    // Nothing was opened, and so nothing made.
    assert!(!folder.path("data").exists());
}

#[tokio::test]
async fn each_thing_that_is_unsafe_is_a_line_and_the_exit_code_says_so() {
    let settings = [
        ("DATABASE_URL", "postgres://belfry:hunter2@db.invalid/belfry"),
        ("BELFRY_JWT_SECRET", "hunter2"),
        ("BELFRY_LIMITS", "off"),
    ];
    let ran = check(&Folder::in_file(), &settings, &["--introspection", "on"]).await;
    let expected = "\
BELFRY_JWT_SECRET can be guessed: make one of 32 bytes or more, as by openssl rand -base64 32.
BELFRY_INTROSPECTION is on, so that anybody may read the schema: unset it.
BELFRY_LIMITS is off, so that anybody may use a node up: unset it.
REDIS_URL is unset, though nodes may share the database of DATABASE_URL: what one raises reaches the others a second \
late, so set it.
DATABASE_URL: on the way to db.invalid others may read along, or answer in its place: end it with ?sslmode=verify-full.
";
    let said = "belfry: 5 things in these settings are unsafe\n";
    assert_eq!((ran.code, ran.out.as_str(), ran.err.as_str()), (Some(1), expected, said));
}

#[tokio::test]
async fn what_would_stop_the_start_is_among_it() {
    let settings = [("BELFRY_MODE", "demo"), ("LEPTOS_SITE_ADDR", "0.0.0.0:3000")];
    let ran = check(&Folder::in_file(), &settings, &[]).await;
    assert_eq!((ran.code, ran.err.as_str()), (Some(1), "belfry: one thing in these settings is unsafe\n"));
    assert!(ran.out.starts_with("demo mode has people with known passwords"), "{}", ran.out);
}
