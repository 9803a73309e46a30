//! Reads an API key from standard input, where no other program and no history can see it.

use std::io::{self, BufRead, IsTerminal, Read, Write};

use anyhow::{Context, Result, bail, ensure};
use credira_users::api_key::ApiKey;

use crate::text::keys;

/// Reads the input to its end, or one line of a terminal, and returns the only key in it.
pub(crate) fn api_key() -> Result<ApiKey> {
    let mut stdin = io::stdin().lock();
    let mut input = Vec::new();
    let read = if stdin.is_terminal() {
        let _ = writeln!(io::stderr(), "Paste the key, and press Enter:");
        stdin.read_until(b'\n', &mut input)
    } else {
        stdin.read_to_end(&mut input)
    };
    read.context("cannot read standard input")?;
    let input = String::from_utf8_lossy(&input);
    ensure!(
        !input.trim().is_empty(),
        "standard input is empty: pass a key, such as with `cargo keys find < FILE`"
    );
    let mut keys = keys(&input);
    let Some(key) = keys.next() else {
        bail!(
            "standard input has no API key: a key is crd_live_ or crd_test_ and 49 letters and \
             digits. Check that it is complete and not mistyped"
        );
    };
    let is_only = keys.all(|other| other.hash() == key.hash());
    ensure!(is_only, "standard input has more than one key: pass one at a time");
    Ok(key)
}
