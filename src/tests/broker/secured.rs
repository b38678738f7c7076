//! Over TLS. The programs run by themselves: whom they trust is a matter of their environment.

use std::{
    fs,
    time::{Duration, Instant},
};

use serde_json::json;

use crate::{
    delivery::Ear,
    support::{
        app::{Folder, JWT_SECRET, in_seconds, token},
        authority::Authority,
        cluster::eventually,
        program::Serving,
        redis::{Access, RedisServer},
        voice::Voice,
    },
};

const PASSWORD: &str = "secret";

impl Authority {
    /// A server it vouches for.
    async fn redis(&self) -> RedisServer {
        let authority = Some(fs::read(self.file("ca.pem")).unwrap());
        let access = Access { password: Some(PASSWORD), authority, ..Access::default() };
        RedisServer::guarded(access, |port, _| {
            let (port, cert, key) = (port.to_string(), self.file("cert.pem"), self.file("key.pem"));
            let options =
                ["--port", "0", "--tls-port", &port, "--tls-cert-file", &cert, "--tls-key-file", &key];
            let rest = ["--tls-auth-clients", "no", "--requirepass", PASSWORD];
            options.into_iter().chain(rest).map(str::to_owned).collect()
        })
        .await
    }

    /// A node that trusts it.
    async fn node(&self, folder: &Folder, redis: &str, log: &str) -> Serving {
        let flags = folder.flags(&["--mode", "production", "--jwt-secret", JWT_SECRET, "--redis-url", redis]);
        let trust = [("SSL_CERT_FILE", self.file("ca.pem"))];
        Serving::in_environment(&flags, &trust, &folder.path(log)).await
    }
}

fn voice(node: &Serving, claims: &serde_json::Value) -> Voice {
    let header = (reqwest::header::AUTHORIZATION, format!("Bearer {}", token(claims)));
    Voice::new(node.address.parse().unwrap(), Some(header))
}

#[tokio::test]
async fn news_goes_over_tls_to_whom_the_authority_vouches_for() {
    let (authority, folder) = (Authority::new(), Folder::new());
    let redis = authority.redis().await;
    let here = authority.node(&folder, &redis.url(), "here").await;
    let there = authority.node(&folder, &redis.url(), "there").await;
    let mut ear = Ear::now(&voice(&there, &json!({ "sub": "ada", "exp": in_seconds(60) }))).await;
    eventually(async || redis.ask::<Vec<String>>("PUBSUB CHANNELS").await.unwrap().len() == 1).await;
    let publisher = voice(&here, &json!({ "sub": "shop", "scope": "publish", "exp": in_seconds(60) }));
    let begin = Instant::now();
    for number in 1..=20 {
        publisher.raise("ada", "news").await;
        assert_eq!(ear.standings(1).await, [(number, number)]);
    }
    // The sweeper alone would give one a second.
    assert!(begin.elapsed() < Duration::from_secs(10), "{:?}", begin.elapsed());
}

#[tokio::test]
async fn a_server_for_which_nobody_vouches_is_not_talked_to() {
    let (authority, other, folder) = (Authority::new(), Authority::new(), Folder::new());
    let redis = other.redis().await;
    let _node = authority.node(&folder, &redis.url(), "log").await;
    let log = fs::read_to_string(folder.path("log")).unwrap();
    assert!(log.contains("cannot reach Redis") && log.contains("UnknownIssuer"), "{log}");
    assert!(!log.contains(PASSWORD), "{log}");
}

#[tokio::test]
async fn a_server_that_goes_by_another_name_is_not_talked_to() {
    let (authority, folder) = (Authority::new(), Folder::new());
    let redis = authority.redis().await;
    let url = redis.url().replace("127.0.0.1", "localhost");
    let _node = authority.node(&folder, &url, "log").await;
    let log = fs::read_to_string(folder.path("log")).unwrap();
    assert!(log.contains("cannot reach Redis") && log.contains("not valid for name"), "{log}");
}
