//! The files a page loads, by the names they have on disk.
//!
//! cargo-leptos puts a hash into their names. They are found by looking, once at the start, so
//! that the binary needs no list of hashes beside it.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::SystemTime,
};

/// The site's folder, with the files found in it.
#[derive(Clone, Debug)]
pub struct Site {
    folder: PathBuf,
    found: Assets,
    watched: bool,
}

/// Addresses on this host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assets {
    /// The module that loads the WASM.
    pub js: String,
    /// The islands.
    pub wasm: String,
    /// The style sheet.
    pub css: String,
    /// Whether the page should reload itself when a build replaces them.
    pub watched: bool,
}

/// Why the site's files were not found.
#[derive(Debug, thiserror::Error)]
pub enum MissingAssets {
    /// The folder cannot be read.
    #[error(
        "cannot read the site's files in {0}: {1}. Build them with `make build`, or set LEPTOS_SITE_ROOT."
    )]
    Unreadable(PathBuf, io::Error),
    /// The folder has no such file.
    #[error("{0} has no belfry*.{1}. Build the site with `make build`, or set LEPTOS_SITE_ROOT.")]
    Absent(PathBuf, &'static str),
}

impl Site {
    /// Looks into `<root>/pkg`. `watched` is for `cargo leptos watch`, which replaces files under
    /// the running server: then every page looks again.
    ///
    /// # Errors
    /// When a file is missing: without it no page is whole.
    pub fn open(root: &Path, watched: bool) -> Result<Self, MissingAssets> {
        let folder = root.join("pkg");
        let found = Assets::find(&folder, watched)?;
        Ok(Self { folder, found, watched })
    }

    /// The files as of now.
    pub fn assets(&self) -> Assets {
        let again = self.watched.then(|| Assets::find(&self.folder, true).ok());
        again.flatten().unwrap_or_else(|| self.found.clone())
    }
}

impl Assets {
    fn find(folder: &Path, watched: bool) -> Result<Self, MissingAssets> {
        let names = names(folder).map_err(|error| MissingAssets::Unreadable(folder.into(), error))?;
        let newest = |kind: &'static str| {
            let fits = |name: &&String| name.starts_with("belfry") && name.ends_with(&format!(".{kind}"));
            let name = names.iter().find(fits);
            name.map(|name| format!("/pkg/{name}")).ok_or_else(|| MissingAssets::Absent(folder.into(), kind))
        };
        Ok(Self { js: newest("js")?, wasm: newest("wasm")?, css: newest("css")?, watched })
    }
}

/// The names of a folder's files, newest first: a watched build leaves older ones behind.
fn names(folder: &Path) -> io::Result<Vec<String>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let made = entry.metadata()?.modified().unwrap_or(SystemTime::UNIX_EPOCH);
        files.push((made, entry.file_name().to_string_lossy().into_owned()));
    }
    files.sort_unstable_by(|one, other| other.cmp(one));
    Ok(files.into_iter().map(|(_, name)| name).collect())
}
