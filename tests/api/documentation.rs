//! The tests that the documentation names.

use std::{fs, path::Path};

/// Whether there is a test of this path, or a module or a file: `module::test` and `module` in this
/// folder or in `src`, `keys::module::test` in the folder of the key tool, `test_template.py` in that
/// of the template's tests.
fn exists(name: &str) -> bool {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    if name.contains(['.', '/']) {
        return [root, &root.join("tests/deployment")].iter().any(|it| it.join(name).exists());
    }
    let (folders, path): (&[_], _) = match name.strip_prefix("keys::") {
        Some(path) => (&["tools/keys/tests/cli"], path),
        None => (&["tests/api", "src"], name),
    };
    let (module, test) = path.split_once("::").unwrap_or((path, ""));
    let file = |folder| fs::read_to_string(root.join(folder).join(format!("{module}.rs"))).ok();
    let is_it = |item: &str| {
        (item.contains("#[test]") || item.contains("#[tokio::test"))
            && item.contains(&format!("fn {test}("))
    };
    folders.iter().filter_map(file).any(|text| test.is_empty() || text.split("\n\n").any(is_it))
}

/// The names in backticks.
fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

#[test]
fn the_tests_that_a_page_names_exist() {
    for page in ["reliability.md", "security.md"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(page);
        let text = fs::read_to_string(path).unwrap();
        let is_test = |name: &&str| name.contains("::") && !name.contains(['/', '…', ' ']);
        let tables = text.split("| shown by |\n").skip(1);
        let rows = tables.flat_map(|table| table.lines().take_while(|row| row.starts_with('|')));
        let shown_by = rows.filter_map(|row| row.strip_suffix(" |")?.rsplit('|').next());
        let mut named: Vec<_> = names(&text).filter(is_test).collect();
        named.extend(shown_by.flat_map(names));
        assert!(named.len() > 10, "{page}: {named:?}");
        named.retain(|name| !exists(name));
        assert_eq!(named, [""; 0], "{page}");
    }
}
