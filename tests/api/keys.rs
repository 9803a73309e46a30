//! The demo keys (`tools/local/demo/api-keys.json`).

use credira_local::demo;

/// A demo key by its name, which says what it does.
pub(crate) fn key(name: &str) -> String {
    let keys = demo::keys().unwrap();
    keys.into_iter().find(|key| key.name == name).unwrap().key
}
