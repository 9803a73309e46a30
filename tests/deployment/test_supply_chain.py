"""`sam build` keeps to the lock file."""

import shutil
import subprocess

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
