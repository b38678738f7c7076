//! Somebody who vouches for servers, and a certificate for one on this machine.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use tempfile::TempDir;

/// Its files: `ca.pem`, and for a server at 127.0.0.1 `cert.pem` and `key.pem`.
pub struct Authority(TempDir);

impl Authority {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let own = format!("-subj /CN=authority{}", rand::random::<u32>());
        openssl(
            folder.path(),
            &format!("req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 {own}"),
        );
        fs::write(folder.path().join("names"), "subjectAltName = IP:127.0.0.1\n").unwrap();
        openssl(folder.path(), "req -newkey rsa:2048 -nodes -keyout key.pem -out request -subj /CN=server");
        openssl(
            folder.path(),
            "x509 -req -in request -CA ca.pem -CAkey ca.key -CAcreateserial -extfile names -days 2 -out cert.pem",
        );
        Self(folder)
    }

    pub fn file(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }
}

fn openssl(folder: &Path, arguments: &str) {
    let mut command = Command::new("openssl");
    command.args(arguments.split(' ')).current_dir(folder).stderr(Stdio::null());
    assert!(command.status().unwrap().success(), "openssl {arguments}");
}
