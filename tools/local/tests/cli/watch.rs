//! `--watch`: what changes is used, whatever happened to the files before.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use serde_json::json;
use tempfile::TempDir;

use crate::local::{Local, PAGE_USER, command, key};

const REPOSITORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
const SOURCE: &str = "src/lib.rs";
const DEMO: &str = "tools/local/demo";

/// A checkout whose builds print each line with `# change` of its files, and then use the functions of
/// this repository. A build waits while there is a file `wait`.
struct Checkout(TempDir);

impl Checkout {
    fn new() -> Self {
        let checkout = Self(tempfile::tempdir().unwrap());
        fs::create_dir(checkout.path("src")).unwrap();
        for file in ["Cargo.toml", "openapi.yaml", SOURCE] {
            fs::copy(Path::new(REPOSITORY).join(file), checkout.path(file)).unwrap();
        }
        checkout.write_demo("user_123456789");
        let cargo = format!(
            "#!/bin/sh\n\
             grep -rhs '# change' src/ Cargo.toml >&2\n\
             echo \"progress: $CARGO_TERM_PROGRESS_WHEN\" >&2\n\
             while [ -e wait ]; do sleep 0.05; done\n\
             [ -d src ] || exit 101\n\
             cd '{REPOSITORY}' && exec '{}' \"$@\"\n",
            std::env::var("CARGO").unwrap()
        );
        fs::write(checkout.path("cargo"), cargo).unwrap();
        fs::set_permissions(checkout.path("cargo"), fs::Permissions::from_mode(0o755)).unwrap();
        checkout
    }

    fn path(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn watch(&self, options: &[&str]) -> Local {
        let mut command = command(&[&["--watch"], options].concat());
        command.env("CARGO", self.path("cargo"));
        Local::run(command.env("CARGO_MANIFEST_DIR", self.path("tools/local")))
    }

    /// Demo data with this user.
    fn write_demo(&self, user_id: &str) {
        let users = json!([{
            "id": user_id,
            "email": "ann@example.com",
            "name": "Ann",
            "account_id": "acc_789123456",
            "status": "active",
            "created_time": "2024-01-15T10:30:00Z",
        }]);
        fs::create_dir_all(self.path(DEMO)).unwrap();
        for (file, content) in [("users.json", users), ("api-keys.json", json!([]))] {
            fs::write(self.path(DEMO).join(file), content.to_string()).unwrap();
        }
    }

    /// Replaces a file by another one, as many editors do.
    fn replace(&self, file: &str, text: &str) {
        fs::write(self.path("new"), text).unwrap();
        fs::rename(self.path("new"), self.path(file)).unwrap();
    }
}

fn wait_for_build(local: &mut Local, change: &str) {
    local.wait_for(|line| line.contains(change));
}

#[test]
fn code_that_was_changed_replaced_or_made_again_is_built() {
    let checkout = Checkout::new();
    // The code is watched without demo data too.
    let mut local = checkout.watch(&["--empty"]);
    for file in ["Cargo.toml", SOURCE] {
        let change = format!("# change of {file}");
        checkout.replace(file, &change);
        wait_for_build(&mut local, &change);
    }
    fs::remove_dir_all(checkout.path("src")).unwrap();
    local.wait_for(|line| line.starts_with("not changed: "));
    // The functions before still serve.
    assert_eq!(local.get(PAGE_USER, None), 401);
    fs::create_dir_all(checkout.path("src/new")).unwrap();
    let source = checkout.path("src/new/mod.rs");
    fs::write(checkout.path("wait"), "").unwrap();
    fs::write(&source, "# change 1").unwrap();
    wait_for_build(&mut local, "# change 1");
    let used = |local: &Local| local.output().matches("changed: the new functions").count();
    let before = used(&local);
    // A change during a build is built after it.
    fs::write(&source, "# change 2").unwrap();
    fs::remove_file(checkout.path("wait")).unwrap();
    wait_for_build(&mut local, "# change 2");
    local.wait_until(|local| used(local) > before);
    // Other lines would write over a progress bar.
    local.wait_for(|line| line == "progress: never");
}

#[test]
fn a_change_of_the_definition_alone_builds_nothing() {
    let checkout = Checkout::new();
    let mut local = checkout.watch(&[]);
    let definition = fs::read_to_string(checkout.path("openapi.yaml")).unwrap();
    for version in ["v2", "v3"] {
        let other = definition.replace("/v1/users/", &format!("/{version}/users/"));
        checkout.replace("openapi.yaml", &other);
        let path = format!("/{version}/users/user_123456789");
        local.wait_until(|local| local.get(&path, None) == 401);
    }
    local.wait_for(|line| line == "changed: the new openapi.yaml is in use");
    assert!(!local.output().contains("progress: never"), "{}", local.output());
}

#[test]
fn demo_data_that_was_changed_or_made_again_is_in_the_tables() {
    let checkout = Checkout::new();
    let mut local = checkout.watch(&[]);
    let key = key("reads its account");
    fs::remove_dir_all(checkout.path("tools")).unwrap();
    local.wait_for(|line| line.starts_with("not changed: "));
    for user_id in ["user_made", "user_changed"] {
        checkout.write_demo(user_id);
        let path = format!("/v1/users/{user_id}");
        local.wait_until(|local| local.get(&path, Some(&key)) == 200);
    }
    // Data that cannot be used keeps no other change back.
    fs::write(checkout.path(DEMO).join("users.json"), "[").unwrap();
    fs::write(checkout.path(SOURCE), "# change 1").unwrap();
    wait_for_build(&mut local, "# change 1");
    local.wait_for(|line| line.contains("tools/local/demo/users.json"));
}
