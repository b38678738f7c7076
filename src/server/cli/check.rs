//! `belfry check`: what is unsafe in the settings, before anybody else finds it.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use super::{CliError, refuse, say};
use crate::server::{
    broker::Address,
    config::{Database, Mode, Settings, Switch},
    store,
    transport::Transport,
};

/// The shortest secret that HS256 may have, in bytes (RFC 7518, section 3.2).
const SHORTEST_SECRET: usize = 32;

pub(super) fn run(settings: &Settings, database: &Database) -> Result<(), CliError> {
    let findings = findings(settings, database);
    for finding in &findings {
        say(format_args!("{finding}."))?;
    }
    match findings.len() {
        0 => say(format_args!("Nothing in these settings is unsafe.")),
        1 => refuse("one thing in these settings is unsafe"),
        count => refuse(format!("{count} things in these settings are unsafe")),
    }
}

/// What is unsafe or contradictory: the variable, what is wrong with it, what to do. No secret is in it.
/// Nobody is asked, and no file is looked at but those of keys and passwords that the settings name.
fn findings(settings: &Settings, database: &Database) -> Vec<String> {
    let mut found = Vec::new();
    contradictions(settings, database, &mut found);
    door(settings, database, &mut found);
    tokens(settings, &mut found);
    switches(settings, database, &mut found);
    engines(settings, database, &mut found);
    found
}

/// What would stop the start.
fn contradictions(settings: &Settings, database: &Database, found: &mut Vec<String>) {
    found.extend(settings.mode(database).err().map(|error| error.to_string()));
    found.extend(settings.jwt().err().map(|error| error.to_string()));
    // A malformed address is told with the engines.
    if settings.redis_url.is_none() {
        found.extend(settings.ingest().err().map(|error| error.to_string()));
    }
}

/// Who can reach it, and how. Demo mode where others reach it would not start.
fn door(settings: &Settings, database: &Database, found: &mut Vec<String>) {
    let address = settings.site_addr;
    let others = settings.mode(database).is_ok() && !address.ip().is_loopback();
    if others && !settings.edge.trusts_proxies() {
        found.push(format!(
            "LEPTOS_SITE_ADDR is {address}, where others reach Belfry over plain HTTP: end TLS at a proxy, and \
             listen where only the proxy comes, which BELFRY_TRUSTED_PROXIES names"
        ));
    }
    if settings.edge.allows_every_origin() {
        found.push(
            "BELFRY_ORIGINS is *, so that every page may ask and open sockets here: list the origins that may"
                .to_owned(),
        );
    }
}

/// What tokens are verified by.
fn tokens(settings: &Settings, found: &mut Vec<String>) {
    let short = |secret: &&String| (1..SHORTEST_SECRET).contains(&secret.len());
    if settings.jwt_secret.as_ref().is_some_and(|secret| short(&secret)) {
        found.push(format!(
            "BELFRY_JWT_SECRET can be guessed: make one of {SHORTEST_SECRET} bytes or more, as by \
             openssl rand -base64 {SHORTEST_SECRET}"
        ));
    }
    if let Some(file) = settings.jwt_jwks.as_deref().filter(|file| anybody_may_change(file)) {
        found.push(format!(
            "BELFRY_JWT_JWKS: every account of this machine may change {} or put another in its place, and sign \
             as anybody: take the right to write from them",
            file.display()
        ));
    }
}

/// Whether all accounts may write a file, or what its folder holds. In a folder like /tmp they may only add.
fn anybody_may_change(file: &Path) -> bool {
    let mode = |path: &Path| fs::metadata(path).map_or(0, |it| it.permissions().mode());
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    mode(file) & 0o002 != 0 || mode(folder) & 0o1002 == 0o002
}

/// What is for trying out, and is on.
fn switches(settings: &Settings, database: &Database, found: &mut Vec<String>) {
    let is_demo = settings.mode(database).is_ok_and(|mode| mode == Mode::Demo);
    if is_demo && database.database_url.is_some() {
        found.push(
            "BELFRY_MODE is demo, which makes people with known passwords in the database of DATABASE_URL: set \
             BELFRY_MODE=production, or unset DATABASE_URL"
                .to_owned(),
        );
    }
    if !is_demo && settings.introspection == Switch::On {
        found.push("BELFRY_INTROSPECTION is on, so that anybody may read the schema: unset it".to_owned());
    }
    if settings.limits.counted == Switch::Off {
        found.push("BELFRY_LIMITS is off, so that anybody may use a node up: unset it".to_owned());
    }
}

/// What the database and Redis are, and who may listen on the way there.
fn engines(settings: &Settings, database: &Database, found: &mut Vec<String>) {
    if database.is_shared() && settings.redis_url.is_none() {
        found.push(
            "REDIS_URL is unset, though nodes may share the database of DATABASE_URL: what one raises reaches the \
             others a second late, so set it"
                .to_owned(),
        );
    }
    match store::transport(database.url()) {
        Ok(way) => transport("DATABASE_URL", &way, "end it with ?sslmode=verify-full", found),
        Err(error) => found.push(error.to_string()),
    }
    match settings.redis_url.as_deref().map(Address::parse) {
        Some(Ok(address)) => {
            transport("REDIS_URL", &address.transport(), "begin it with rediss instead of redis", found);
        }
        Some(Err(error)) => found.push(error.to_string()),
        None => {}
    }
}

fn transport(variable: &str, way: &Transport, remedy: &str, found: &mut Vec<String>) {
    let Some(host) = way.elsewhere() else { return };
    if !way.is_secret {
        found.push(format!(
            "{variable}: on the way to {host} others may read along, or answer in its place: {remedy}"
        ));
    }
    if !way.shows_who {
        found.push(format!(
            "{variable} has no password, so that {host} must let everybody in: give Belfry a user of its own there"
        ));
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, fs::Permissions};

    use clap::{
        CommandFactory, FromArgMatches, Parser,
        builder::{OsStr, Resettable},
    };

    use super::*;

    #[derive(Parser)]
    struct Flags {
        #[command(flatten)]
        settings: Settings,
        #[command(flatten)]
        database: Database,
    }

    /// A node of several, as it should be.
    const SAFE: &str = "database-url=postgres://belfry:hunter2@db/belfry?sslmode=verify-full \
        redis-url=rediss://belfry:hunter2@redis jwt-secret=hunter2-hunter2-hunter2-hunter2.";

    /// What is found when some of that is otherwise; what has no value is unset.
    fn found(changes: &str) -> Vec<String> {
        let pairs = SAFE.split_whitespace().chain(changes.split_whitespace());
        let flags: BTreeMap<_, _> = pairs.map(|pair| pair.split_once('=').unwrap()).collect();
        let flags = flags.into_iter().filter(|(_, value)| !value.is_empty());
        let flags = flags.map(|(name, value)| format!("--{name}={value}"));
        let command = Flags::command().no_binary_name(true);
        let command = command.mut_args(|arg| arg.env(Resettable::<OsStr>::Reset));
        let matches = command.try_get_matches_from(flags).unwrap();
        let Flags { settings, database } = Flags::from_arg_matches(&matches).unwrap();
        findings(&settings, &database)
    }

    /// Each change is found, once, in a sentence that begins like that; and nothing else is.
    #[test]
    fn each_setting_that_is_unsafe_is_named_and_no_other() {
        let own = "database-url= redis-url= jwt-secret=";
        for (changes, begins) in [
            (String::new(), vec![]),
            (own.to_owned(), vec![]),
            (format!("{own} mode=demo introspection=on"), vec![]),
            ("database-url=sqlite://data/belfry.db".to_owned(), vec![]),
            (
                "database-url=postgres://belfry@localhost/belfry redis-url=redis://127.0.0.1".to_owned(),
                vec![],
            ),
            ("database-url=postgres:///belfry?host=/run/postgresql".to_owned(), vec![]),
            ("redis-url=redis+unix:///run/redis.sock".to_owned(), vec![]),
            ("site-addr=[::1]:3000 probes-addr=10.0.0.7:9000".to_owned(), vec![]),
            ("site-addr=0.0.0.0:3000".to_owned(), vec!["LEPTOS_SITE_ADDR is 0.0.0.0:3000"]),
            ("site-addr=10.0.0.7:3000".to_owned(), vec!["LEPTOS_SITE_ADDR is 10.0.0.7:3000"]),
            ("site-addr=10.0.0.7:3000 trusted-proxies=10.0.0.1".to_owned(), vec![]),
            ("origins=https://app.example".to_owned(), vec![]),
            ("origins=https://app.example,*".to_owned(), vec!["BELFRY_ORIGINS is *"]),
            ("site-addr=0.0.0.0:3000 mode=demo database-url=".to_owned(), vec!["demo mode"]),
            (
                "jwt-secret=hunter2-hunter2-hunter2-hunter2".to_owned(),
                vec!["BELFRY_JWT_SECRET can be guessed"],
            ),
            ("jwt-jwks=/nowhere".to_owned(), vec!["BELFRY_JWT_SECRET and BELFRY_JWT_JWKS exclude"]),
            ("jwt-secret= jwt-jwks=/nowhere".to_owned(), vec!["BELFRY_JWT_JWKS: /nowhere"]),
            ("redis-url=".to_owned(), vec!["REDIS_URL is unset"]),
            ("redis-url= bridge=on".to_owned(), vec!["BELFRY_BRIDGE listens on Redis", "REDIS_URL is unset"]),
            ("introspection=on".to_owned(), vec!["BELFRY_INTROSPECTION is on"]),
            ("limits=off".to_owned(), vec!["BELFRY_LIMITS is off"]),
            ("mode=demo".to_owned(), vec!["BELFRY_MODE is demo"]),
            ("redis-url=http://hunter2".to_owned(), vec!["REDIS_URL is malformed"]),
            ("database-url=mysql://belfry:hunter2@db/belfry".to_owned(), vec!["DATABASE_URL begins with"]),
            (
                "database-url=postgres://belfry:hunter2@db:x/belfry".to_owned(),
                vec!["DATABASE_URL is malformed"],
            ),
        ] {
            holds(&changes, &begins);
        }
    }

    #[test]
    fn each_way_to_an_engine_that_others_may_listen_on_is_named() {
        let [read, none] = [": on the way to ", " has no password"];
        for (changes, variable, rest) in [
            ("database-url=postgres://belfry:hunter2@db/belfry", "DATABASE_URL", vec![read]),
            ("database-url=postgres://belfry:hunter2@db/belfry?sslmode=require", "DATABASE_URL", vec![read]),
            (
                "database-url=postgres://belfry:hunter2@db/belfry?sslmode=verify-ca",
                "DATABASE_URL",
                vec![read],
            ),
            ("database-url=postgres://belfry@db/belfry?sslmode=verify-full", "DATABASE_URL", vec![none]),
            ("database-url=postgres://10.0.0.7/belfry", "DATABASE_URL", vec![read, none]),
            ("redis-url=redis://:hunter2@redis", "REDIS_URL", vec![read]),
            ("redis-url=rediss://redis", "REDIS_URL", vec![none]),
            ("redis-url=redis-sentinel://:hunter2@localhost,redis/news", "REDIS_URL", vec![read]),
            ("redis-url=rediss-sentinel://localhost,redis/news", "REDIS_URL", vec![none]),
            ("redis-url=redis-cluster://localhost,redis", "REDIS_URL", vec![read, none]),
            ("redis-url=rediss-cluster://:hunter2@one,other", "REDIS_URL", vec![]),
        ] {
            let begins: Vec<_> = rest.iter().map(|rest| format!("{variable}{rest}")).collect();
            holds(changes, &begins.iter().map(String::as_str).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_key_file_that_every_account_may_change_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("keys.json");
        let keys = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","alg":"EdDSA","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
        fs::write(&file, keys).unwrap();
        let changes = format!("jwt-secret= jwt-jwks={}", file.display());
        let named = ["BELFRY_JWT_JWKS: every account"];
        for (of_file, of_folder, begins) in [
            (0o644, 0o755, &named[..0]),
            (0o646, 0o755, &named),
            (0o644, 0o777, &named),
            (0o644, 0o1777, &named[..0]),
        ] {
            fs::set_permissions(&file, Permissions::from_mode(of_file)).unwrap();
            fs::set_permissions(folder.path(), Permissions::from_mode(of_folder)).unwrap();
            holds(&changes, begins);
        }
    }

    fn holds(changes: &str, begins: &[&str]) {
        let found = found(changes);
        let same =
            found.len() == begins.len() && found.iter().zip(begins).all(|(it, begin)| it.starts_with(begin));
        assert!(same, "{changes}: {found:#?}");
        assert!(!found.iter().any(|it| it.contains("hunter2")), "{changes}: {found:#?}");
    }
}
