//! The tests that the documentation names.

use std::{fs, path::Path};

/// Whether there is a test of this path: `module::test` in this folder, or
/// `keys::module::test` in that of the key tool. A path of one name is a module.
fn exists(path: &str) -> bool {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (folder, path) = match path.strip_prefix("keys::") {
        Some(path) => ("tools/keys/tests/cli", path),
        None => ("tests/api", path),
    };
    let (module, test) = path.split_once("::").unwrap_or((path, ""));
    let text = fs::read_to_string(root.join(folder).join(format!("{module}.rs")));
    text.is_ok_and(|text| test.is_empty() || text.contains(&format!("fn {test}(")))
}

#[test]
fn the_tests_that_a_page_names_exist() {
    for name in ["reliability.md", "security.md"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name);
        let page = fs::read_to_string(path).unwrap();
        let is_path = |text: &&str| text.contains("::") && !text.contains(['/', '…', ' ']);
        let named: Vec<_> = page.split('`').skip(1).step_by(2).filter(is_path).collect();
        assert!(named.len() > 10, "{name}: {named:?}");
        let missing: Vec<_> = named.into_iter().filter(|path| !exists(path)).collect();
        assert_eq!(missing, Vec::<&str>::new(), "{name}");
    }
}
