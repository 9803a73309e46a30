//! Builds the functions.

use std::{ffi::OsStr, path::PathBuf, process::Command};

use anyhow::{Context, Result, ensure};

/// The repository. `cargo run` says where this package is.
pub fn root() -> PathBuf {
    let is_ours = std::env::var("CARGO_PKG_NAME").is_ok_and(|name| name == env!("CARGO_PKG_NAME"));
    let package = std::env::var_os("CARGO_MANIFEST_DIR").filter(|_| is_ours);
    let package = package.unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    PathBuf::from(package).join("../..")
}

/// Builds only the functions, and returns the folder of their binaries. `variables` are added to
/// Cargo's environment. Cargo shows its progress.
pub fn functions(variables: &[(&str, &str)]) -> Result<PathBuf> {
    // The functions are built as this program was, so they end up beside it.
    let mut folder = std::env::current_exe()?;
    folder.pop();
    let profile = match folder.file_name().and_then(OsStr::to_str) {
        None | Some("debug") => "dev",
        Some(profile) => profile,
    };
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // Build scripts depend on some of the variables that `cargo run` sets (Cargo's guide, "Environment
    // variables Cargo sets for crates"): with other values than those that a cargo command in a terminal
    // has, each of the two would rebuild what the other has built. A developer's own, such as
    // `CARGO_HOME`, are not among them.
    let is_set_by_cargo_run = |name: &str| {
        name == "CARGO" || name.starts_with("CARGO_MANIFEST_") || name.starts_with("CARGO_PKG_")
    };
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(is_set_by_cargo_run) {
            cargo.env_remove(name);
        }
    }
    let status = cargo
        // The second package has no binaries: with its features, nothing is compiled again.
        .args(["build", "--package", "credira-users", "--package", "credira-features", "--bins"])
        .args(["--profile", profile])
        .envs(variables.iter().copied())
        .current_dir(root())
        .status()
        .context("cargo cannot be run")?;
    ensure!(status.success(), "the functions could not be built: see cargo's messages above");
    Ok(folder)
}
