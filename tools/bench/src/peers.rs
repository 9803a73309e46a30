//! Other ways to write `get-user`, to compare it with (see `peers/README.md`).

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, ensure};
use indicatif::ProgressBar;

use crate::bootstrap::Bootstrap;

const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/peers");

/// Builds the peers into `folder`. One whose runtime is not on this machine is named, and left out.
pub(crate) fn build(folder: &Path) -> Result<Vec<Bootstrap>> {
    fs::create_dir_all(folder)?;
    let peers = [
        ("naive", "cargo", rust as fn(&str, &Path, &Path) -> Result<Bootstrap>),
        ("floor", "cargo", rust),
        ("node", "npm", node),
        ("python", "python3", python),
    ];
    let mut built = Vec::new();
    for (name, runtime, build) in peers {
        let Ok(runtime) = which::which(runtime) else {
            eprintln!("{name} is skipped: there is no {runtime} here");
            continue;
        };
        let spinner = ProgressBar::new_spinner().with_message(format!("building {name}"));
        spinner.enable_steady_tick(std::time::Duration::from_millis(100));
        built.push(build(name, &runtime, folder).with_context(|| format!("peer {name}"))?);
        spinner.finish_and_clear();
    }
    Ok(built)
}

fn rust(name: &str, cargo: &Path, folder: &Path) -> Result<Bootstrap> {
    let manifest = Path::new(SOURCES).join(name).join("Cargo.toml");
    run(
        cargo,
        &[
            "build".as_ref(),
            "--release".as_ref(),
            "--locked".as_ref(),
            "--quiet".as_ref(),
            "--manifest-path".as_ref(),
            manifest.as_os_str(),
            "--target-dir".as_ref(),
            folder.as_os_str(),
        ],
    )?;
    Ok(Bootstrap::program(name, folder.join("release").join(name)))
}

fn node(name: &str, npm: &Path, folder: &Path) -> Result<Bootstrap> {
    let folder = folder.join(name);
    fs::create_dir_all(&folder)?;
    for file in fs::read_dir(Path::new(SOURCES).join(name))? {
        let file = file?;
        fs::copy(file.path(), folder.join(file.file_name()))?;
    }
    let prefix = ["--silent".as_ref(), "--prefix".as_ref(), folder.as_os_str()];
    run(npm, &[&["ci".as_ref()], prefix.as_slice()].concat())?;
    run(npm, &[&["run".as_ref(), "bundle".as_ref()], prefix.as_slice()].concat())?;
    // Not a version manager's stand-in for it, which would start one process more.
    let real = Command::new("node").args(["--print", "process.execPath"]).output()?;
    ensure!(real.status.success(), "node does not run: {}", real.status);
    let real = PathBuf::from(String::from_utf8(real.stdout)?.trim());
    Ok(Bootstrap::script(name, real, folder.join("bundle.mjs")))
}

fn python(name: &str, python: &Path, folder: &Path) -> Result<Bootstrap> {
    let folder = folder.join(name);
    run(python, &["-m".as_ref(), "venv".as_ref(), folder.as_os_str()])?;
    let requirements = Path::new(SOURCES).join(name).join("requirements.txt");
    let pip = folder.join("bin/pip");
    run(
        &pip,
        &[
            "install".as_ref(),
            "--quiet".as_ref(),
            "--disable-pip-version-check".as_ref(),
            "--require-hashes".as_ref(),
            "--requirement".as_ref(),
            requirements.as_os_str(),
        ],
    )?;
    let script = Path::new(SOURCES).join(name).join("bootstrap.py");
    Ok(Bootstrap::script(name, folder.join("bin/python"), script))
}

fn run(program: &Path, arguments: &[&OsStr]) -> Result<()> {
    let status = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status()
        .with_context(|| program.display().to_string())?;
    ensure!(status.success(), "{} failed: {status}", program.display());
    Ok(())
}
