//! `--watch`: goes on with changed files, without a restart.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use anyhow::{Context, Result};
use credira_local::{Stack, build, demo};
use tokio::{task::spawn_blocking, time::sleep};

use crate::terminal::{self, Terminal};

/// How often the files are looked at. They are few, and unlike a watcher of the operating system this
/// needs no care for files and folders that are replaced, or made again.
const INTERVAL: Duration = Duration::from_millis(200);
const DEFINITION: &str = "openapi.yaml";
const DEMO: &str = "tools/local/demo";
/// What the functions are built from.
const CODE: [&str; 2] = ["src", "Cargo.toml"];

/// Files, with the time of their last change and their size.
type Files = BTreeSet<(PathBuf, SystemTime, u64)>;

/// Applies the changes of the files to the stack. After an error the stack goes on as before.
pub(crate) async fn follow(stack: &Stack, has_demo_data: bool, terminal: Terminal) {
    let demo: &[_] = if has_demo_data { &[DEMO] } else { &[] };
    let mut parts = [demo, &[DEFINITION], &CODE].map(|paths| (paths, files(paths), files(paths)));
    loop {
        sleep(INTERVAL).await;
        for (paths, applied, last) in &mut parts {
            let files = files(paths);
            // An editor may write several files, or one file in several steps.
            let is_settled = files == *last;
            last.clone_from(&files);
            if !is_settled || files == *applied {
                continue;
            }
            *applied = files;
            match apply(paths, stack).await {
                Ok(news) => terminal.say(format_args!("changed: {news}")),
                Err(error) => {
                    terminal::error(&error);
                    terminal.say(format_args!("not changed: the stack goes on as before"));
                }
            }
        }
    }
}

/// Applies a change of these files, and returns what is new.
async fn apply(paths: &[&str], stack: &Stack) -> Result<&'static str> {
    if *paths == [DEMO] {
        let users = read(&format!("{DEMO}/users.json"))?;
        demo::fill_from(&stack.tables, &users, &read(&format!("{DEMO}/api-keys.json"))?)?;
        return Ok("the demo data is in the tables");
    }
    let is_code = *paths == CODE;
    if is_code {
        // Other lines would overwrite cargo's progress bar.
        let variables = &[("CARGO_TERM_PROGRESS_WHEN", "never")];
        spawn_blocking(move || build::functions(variables)).await??;
    }
    stack.renew(&read(DEFINITION)?).await?;
    Ok(if is_code { "the new functions are in use" } else { "the new openapi.yaml is in use" })
}

fn files(paths: &[&str]) -> Files {
    let mut files = Files::new();
    for path in paths {
        collect(&build::root().join(path), &mut files);
    }
    files
}

/// Adds the files of a folder and of those in it, or the file itself.
fn collect(path: &Path, files: &mut Files) {
    if let Ok(folder) = path.read_dir() {
        folder.flatten().for_each(|entry| collect(&entry.path(), files));
    } else if let Ok(metadata) = path.metadata()
        && let Ok(changed) = metadata.modified()
    {
        files.insert((path.to_owned(), changed, metadata.len()));
    }
}

fn read(path: &str) -> Result<String> {
    let path = build::root().join(path);
    fs::read_to_string(&path).with_context(|| path.display().to_string())
}
