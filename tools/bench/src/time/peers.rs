//! Other ways to write `get-user`, to compare it with (see `peers/README.md`).

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, ensure};

use crate::bootstrap::Bootstrap;

const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/peers");
const BUILT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/peers");

/// Builds the peers. One whose runtime is not on this machine is named, and left out.
pub(super) fn build() -> Result<Vec<Bootstrap>> {
    let peers = [
        ("naive", "cargo", rust as fn(&Path, &Path) -> Result<Vec<PathBuf>>),
        ("floor", "cargo", rust),
        ("node", "npm", node),
        ("python", "python3", python),
    ];
    let mut built = Vec::new();
    for (name, runtime, build) in peers {
        if which::which(runtime).is_err() {
            eprintln!("{name} is skipped: there is no {runtime} here");
            continue;
        }
        eprintln!("building {name}");
        let command = build(&Path::new(SOURCES).join(name), &Path::new(BUILT).join(name));
        built.push(Bootstrap::new(name, command.with_context(|| format!("peer {name}"))?));
    }
    Ok(built)
}

fn rust(source: &Path, built: &Path) -> Result<Vec<PathBuf>> {
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--release", "--locked", "--quiet", "--target-dir", BUILT]);
    run(cargo.arg("--manifest-path").arg(source.join("Cargo.toml")))?;
    let name = built.file_name().context("no name")?;
    Ok(vec![Path::new(BUILT).join("release").join(name)])
}

fn node(source: &Path, built: &Path) -> Result<Vec<PathBuf>> {
    fs::create_dir_all(built)?;
    for file in fs::read_dir(source)? {
        let file = file?;
        fs::copy(file.path(), built.join(file.file_name()))?;
    }
    for arguments in [&["ci", "--silent"][..], &["run", "bundle", "--silent"]] {
        run(Command::new("npm").args(arguments).current_dir(built))?;
    }
    // Not a version manager's stand-in for it, which would start one process more.
    let real = Command::new("node").args(["--print", "process.execPath"]).output()?;
    ensure!(real.status.success(), "node does not run: {}", real.status);
    Ok(vec![String::from_utf8(real.stdout)?.trim().into(), built.join("bundle.mjs")])
}

fn python(source: &Path, built: &Path) -> Result<Vec<PathBuf>> {
    run(Command::new("python3").args(["-m", "venv"]).arg(built))?;
    let python = built.join("bin/python");
    let pip =
        ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes"];
    let mut install = Command::new(&python);
    run(install.args(pip).arg("--requirement").arg(source.join("requirements.txt")))?;
    Ok(vec![python, source.join("bootstrap.py")])
}

fn run(command: &mut Command) -> Result<()> {
    let name = command.get_program().to_owned();
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).status();
    let status = status.with_context(|| name.display().to_string())?;
    ensure!(status.success(), "{} failed: {status}", name.display());
    Ok(())
}
