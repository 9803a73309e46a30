//! `--watch`: goes on with changed code, without a restart.

use std::{fs, path::Path, time::Duration};

use anyhow::{Context, Result};
use credira_local::{Stack, build, demo};
use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::{sync::mpsc, task::spawn_blocking, time::sleep};

use crate::terminal::{self, Terminal};

/// An editor may write several files, or one file in several steps.
const SETTLE_TIME: Duration = Duration::from_millis(200);
const DEFINITION: &str = "openapi.yaml";
const DEMO: &str = "tools/local/demo";

/// What to do about the changed files.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Change {
    /// `src` or `Cargo.toml` changed.
    Code,
    /// `openapi.yaml` changed.
    Definition,
    /// The demo data changed.
    Demo,
}

/// The changes of the files that the stack was made from.
pub(crate) struct Changes {
    has_demo_data: bool,
    sender: mpsc::UnboundedSender<Change>,
    changes: mpsc::UnboundedReceiver<Change>,
    /// Watches until it is dropped.
    _watcher: RecommendedWatcher,
}

impl Changes {
    /// Starts to watch.
    pub(crate) fn watch(has_demo_data: bool) -> Result<Self> {
        let (sender, changes) = mpsc::unbounded_channel();
        let watcher = watcher(has_demo_data, sender.clone())?;
        Ok(Self { has_demo_data, sender, changes, _watcher: watcher })
    }

    /// Applies the changes to the stack, until it is dropped. After an error the functions and the
    /// definition stay as they were.
    pub(crate) async fn follow(mut self, stack: &Stack, terminal: Terminal) {
        while let Some(first) = self.changes.recv().await {
            sleep(SETTLE_TIME).await;
            // A folder that was made again has no watch. This comes first, so that no change is missed.
            match watcher(self.has_demo_data, self.sender.clone()) {
                Ok(watcher) => self._watcher = watcher,
                Err(error) => terminal::error(&error.context("changes may be missed")),
            }
            let mut changes = vec![first];
            while let Ok(change) = self.changes.try_recv() {
                changes.push(change);
            }
            for change in [Change::Demo, Change::Definition, Change::Code] {
                if !changes.contains(&change) {
                    continue;
                }
                match apply(change, stack).await {
                    Ok(news) => terminal.say(format_args!("changed: {news}")),
                    Err(error) => {
                        terminal::error(&error);
                        terminal.say(format_args!("not changed: the stack goes on as before"));
                    }
                }
            }
        }
    }
}

/// Watches the folders that exist now. Each one's parent is watched too: it tells when the folder is
/// there again.
fn watcher(
    has_demo_data: bool,
    sender: mpsc::UnboundedSender<Change>,
) -> Result<RecommendedWatcher> {
    let root = fs::canonicalize(build::root()).context("the repository")?;
    let demo = root.join(DEMO);
    // Not the files themselves: an editor may replace a file by another one.
    let mut folders = vec![
        (root.clone(), RecursiveMode::NonRecursive),
        (root.join("src"), RecursiveMode::Recursive),
    ];
    if has_demo_data {
        let with_parents = demo.ancestors().take_while(|folder| *folder != root);
        folders.extend(with_parents.map(|it| (it.to_owned(), RecursiveMode::NonRecursive)));
    }
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
        // The build itself reads the files.
        let event = event.ok().filter(|event| !event.kind.is_access());
        for path in event.into_iter().flat_map(|event| event.paths) {
            let change = path.strip_prefix(&root).ok().and_then(change);
            if let Some(change) = change.filter(|it| *it != Change::Demo || has_demo_data) {
                // Fails when the stack stops.
                let _ = sender.send(change);
            }
        }
    })?;
    for (folder, mode) in folders {
        if folder.exists() {
            watcher.watch(&folder, mode)?;
        }
    }
    Ok(watcher)
}

/// What a changed path in the repository means.
fn change(path: &Path) -> Option<Change> {
    if path == DEFINITION {
        return Some(Change::Definition);
    }
    if path.starts_with("src") || path == "Cargo.toml" {
        return Some(Change::Code);
    }
    let is_parent = path == "tools" || path == "tools/local";
    (is_parent || path.starts_with(DEMO)).then_some(Change::Demo)
}

/// Applies the change, and returns what is new.
async fn apply(change: Change, stack: &Stack) -> Result<&'static str> {
    let read = |path: &str| {
        let path = build::root().join(path);
        fs::read_to_string(&path).with_context(|| path.display().to_string())
    };
    match change {
        Change::Demo => {
            let [users, keys] =
                ["users.json", "api-keys.json"].map(|name| read(&format!("{DEMO}/{name}")));
            demo::fill_from(stack.tables(), &users?, &keys?)?;
            Ok("the demo data is in the tables")
        }
        Change::Definition => {
            stack.renew(&read(DEFINITION)?).await?;
            Ok("the new openapi.yaml is in use")
        }
        Change::Code => {
            spawn_blocking(build::functions_again).await??;
            stack.renew(&read(DEFINITION)?).await?;
            Ok("the new functions are in use")
        }
    }
}
