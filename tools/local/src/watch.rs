//! `--watch`: goes on with changed code, without a restart.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, Result};
use credira_local::{Stack, demo};
use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::{sync::mpsc, task::spawn_blocking, time::sleep};

use crate::{
    functions::{self, ROOT},
    terminal::{self, say},
};

/// An editor may write several files, or one file in several steps.
const SETTLE_TIME: Duration = Duration::from_millis(200);

/// What to do about the changed files.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Change {
    /// `src`, `Cargo.toml` or `openapi.yaml` changed.
    Code,
    /// The demo data changed.
    Demo,
}

/// The changes of the files that the stack was made from.
pub(crate) struct Changes {
    changes: mpsc::UnboundedReceiver<Change>,
    /// Watches until it is dropped.
    _watcher: RecommendedWatcher,
}

impl Changes {
    /// Starts to watch.
    pub(crate) fn watch(has_demo_data: bool) -> Result<Self> {
        let root = fs::canonicalize(ROOT).context(ROOT)?;
        let [source, demo] = ["src", "tools/local/demo"].map(|folder| root.join(folder));
        let (sender, changes) = mpsc::unbounded_channel();
        let folders = (root.clone(), source.clone(), demo.clone());
        let mut watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            // The build itself reads the files.
            let event = event.ok().filter(|event| !event.kind.is_access());
            for path in event.into_iter().flat_map(|event| event.paths) {
                if let Some(change) = change(&path, &folders) {
                    // Fails when the stack stops.
                    let _ = sender.send(change);
                }
            }
        })?;
        watcher.watch(&source, RecursiveMode::Recursive)?;
        // Not the files themselves: an editor may replace a file by another one.
        watcher.watch(&root, RecursiveMode::NonRecursive)?;
        if has_demo_data {
            watcher.watch(&demo, RecursiveMode::NonRecursive)?;
        }
        Ok(Self { changes, _watcher: watcher })
    }

    /// Applies the changes to the stack, until it is dropped. After an error the functions and the
    /// definition stay as they were.
    pub(crate) async fn follow(mut self, stack: &Stack) {
        while let Some(first) = self.changes.recv().await {
            sleep(SETTLE_TIME).await;
            let mut changes = vec![first];
            while let Ok(change) = self.changes.try_recv() {
                changes.push(change);
            }
            if let Err(error) = apply(&changes, stack).await {
                terminal::error(&error);
                say(format_args!("not changed: the stack goes on as before"));
            }
        }
    }
}

fn change(path: &Path, (root, source, demo): &(PathBuf, PathBuf, PathBuf)) -> Option<Change> {
    if path.starts_with(demo) {
        return Some(Change::Demo);
    }
    let is_file = ["Cargo.toml", "openapi.yaml"].iter().any(|name| path == root.join(name));
    (is_file || path.starts_with(source)).then_some(Change::Code)
}

async fn apply(changes: &[Change], stack: &Stack) -> Result<()> {
    let read = |path: &str| {
        let path = Path::new(ROOT).join(path);
        fs::read_to_string(&path).with_context(|| path.display().to_string())
    };
    if changes.contains(&Change::Demo) {
        let [users, keys] =
            ["users.json", "api-keys.json"].map(|name| read(&format!("tools/local/demo/{name}")));
        demo::fill_from(stack.tables(), &users?, &keys?)?;
        say(format_args!("changed: the demo data is in the tables"));
    }
    if changes.contains(&Change::Code) {
        spawn_blocking(functions::build).await??;
        stack.renew(&read("openapi.yaml")?).await?;
        say(format_args!("changed: the new functions are in use"));
    }
    Ok(())
}
