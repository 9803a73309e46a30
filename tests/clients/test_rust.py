"""The README's Rust block."""

from conftest import CLIENTS, ROOT, readme_block, run


def test_the_readmes_block(api):
    (CLIENTS / "readme.rs").write_text(readme_block("rust", api))
    manifest = ROOT / "tests/clients/rust/Cargo.toml"
    target = ROOT / "target/clients-rust"
    assert run(
        "cargo", "run", "--quiet", "--locked", "--manifest-path", manifest, "--target-dir", target
    ) == '"John Doe"\n'
