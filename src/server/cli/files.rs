//! Secrets from files: what stands in the file that `NAME_FILE` names is the value of `NAME`. An environment
//! is inherited, and shown in reports of crashes; a file is for whoever may read it.

use std::{env, ffi::OsStr, fs, path::Path};

use clap::{Arg, Command};

use super::{CliError, refuse};

/// The command line, with the secrets that stand in files as its defaults. A secret is what `--help` does not
/// show the value of.
///
/// # Errors
/// A file cannot be read, or a secret is given twice.
pub(super) fn known(command: Command) -> Result<Command, CliError> {
    let secrets = command.get_arguments().filter(|argument| argument.is_hide_env_values_set());
    let names: Vec<_> =
        secrets.filter_map(Arg::get_env).filter_map(OsStr::to_str).map(str::to_owned).collect();
    names.into_iter().try_fold(command, |command, name| {
        let variable = format!("{name}_FILE");
        let Some(path) = env::var_os(&variable) else { return Ok(command) };
        if env::var_os(&name).is_some() {
            return refuse(format!("{name} and {variable} exclude each other: unset one"));
        }
        Ok(put(command, &name, &read(&variable, Path::new(&path))?))
    })
}

fn read(variable: &str, path: &Path) -> Result<String, CliError> {
    match fs::read_to_string(path) {
        // Editors end a file with a line's end, which no secret has.
        Ok(text) => Ok(text.trim_end_matches(['\r', '\n']).to_owned()),
        Err(error) => refuse(format!("{variable}: {}: {error}", path.display())),
    }
}

fn put(command: Command, name: &str, secret: &str) -> Command {
    let command = command.mut_args(|argument| {
        if argument.get_env() == Some(OsStr::new(name)) {
            argument.default_value(secret.to_owned()).hide_default_value(true)
        } else {
            argument
        }
    });
    command.mut_subcommands(|inner| put(inner, name, secret))
}
