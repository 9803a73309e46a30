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

/// What the stack was made from.
#[derive(Clone, Copy)]
enum Part {
    Demo,
    Definition,
    Code,
}

/// Files, with the time of their last change and their size.
type Files = BTreeSet<(PathBuf, SystemTime, u64)>;

/// Applies the changes of the files to the stack. After an error the stack goes on as before.
pub(crate) async fn follow(stack: &Stack, has_demo_data: bool, terminal: Terminal) {
    let demo = has_demo_data.then_some(Part::Demo);
    let parts = demo.into_iter().chain([Part::Definition, Part::Code]);
    let mut parts: Vec<_> = parts.map(|part| (part, part.files(), part.files())).collect();
    loop {
        sleep(INTERVAL).await;
        for (part, applied, last) in &mut parts {
            let files = part.files();
            // An editor may write several files, or one file in several steps.
            let is_settled = files == *last;
            last.clone_from(&files);
            if !is_settled || files == *applied {
                continue;
            }
            *applied = files;
            match part.apply(stack).await {
                Ok(news) => terminal.say(format_args!("changed: {news}")),
                Err(error) => {
                    terminal::error(&error);
                    terminal.say(format_args!("not changed: the stack goes on as before"));
                }
            }
        }
    }
}

impl Part {
    fn files(self) -> Files {
        let mut files = Files::new();
        let paths: &[_] = match self {
            Self::Demo => &[DEMO],
            Self::Definition => &[DEFINITION],
            Self::Code => &["src", "Cargo.toml"],
        };
        for path in paths {
            collect(&build::root().join(path), &mut files);
        }
        files
    }

    /// Applies its change, and returns what is new.
    async fn apply(self, stack: &Stack) -> Result<&'static str> {
        match self {
            Self::Demo => {
                let users = read(&format!("{DEMO}/users.json"))?;
                let keys = read(&format!("{DEMO}/api-keys.json"))?;
                demo::fill_from(stack.tables(), &users, &keys)?;
                Ok("the demo data is in the tables")
            }
            Self::Definition => {
                stack.renew(&read(DEFINITION)?).await?;
                Ok("the new openapi.yaml is in use")
            }
            Self::Code => {
                spawn_blocking(build::functions_again).await??;
                stack.renew(&read(DEFINITION)?).await?;
                Ok("the new functions are in use")
            }
        }
    }
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
