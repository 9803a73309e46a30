//! Writes the reference page as static files.

use std::{fs, path::PathBuf};

use anyhow::{Context, Result};
use clap::Parser;
use credira_local::reference::Reference;

/// Writes the reference page as static files.
#[derive(Parser)]
struct Arguments {
    /// The folder to write to. It is created if it does not exist.
    folder: PathBuf,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let Arguments { folder } = Arguments::parse();
    for (path, _, content) in Reference::published().await?.files {
        let name = if path == "/docs" { "index.html" } else { path.trim_start_matches('/') };
        let path = folder.join(name);
        let parent = path.parent().unwrap_or(&folder);
        fs::create_dir_all(parent).with_context(|| parent.display().to_string())?;
        fs::write(&path, content).with_context(|| path.display().to_string())?;
    }
    Ok(())
}
