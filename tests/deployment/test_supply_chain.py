"""`sam build` keeps to the lock file, and API keys to the operating system's randomness."""

import shutil
import subprocess
import tomllib

from conftest import ROOT


def test_sam_build_fails_if_the_lock_file_is_not_complete(tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns("target", ".aws-sam", ".git"))
    lock = copy / "Cargo.lock"
    incomplete = lock.read_text().replace(' "scopeguard",\n', "")
    lock.write_text(incomplete)
    built = subprocess.run(["sam", "build", "--no-cached"], cwd=copy, capture_output=True, text=True)
    assert built.returncode != 0
    assert "--locked" in built.stderr
    assert lock.read_text() == incomplete


def test_the_key_tool_has_no_crate_for_randomness_but_that_of_the_operating_systems():
    manifest = tomllib.loads((ROOT / "tools/keys/Cargo.toml").read_text())
    sources = {"fastrand", "getrandom", "nanoid", "nanorand", "oorandom", "rand", "rand_chacha", "rand_core", "ulid"}
    assert sources & set(manifest["dependencies"]) == {"getrandom"}
