"""What `sam build` built: from the lock file, for Lambda's C library, and listed in a bill of materials."""

import hashlib
import json
import re
import shutil
import subprocess

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from conftest import BUILD, BUILT, ROOT


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


@pytest.mark.parametrize("binary", BUILT.values(), ids=BUILT)
def test_amazon_linux_2023_has_the_c_library_that_a_binary_needs(binary):
    symbols = subprocess.run(["objdump", "-T", binary], check=True, capture_output=True, text=True)
    versions = re.findall(r"GLIBC_(\d+)\.(\d+)", symbols.stdout)
    assert max((int(major), int(minor)) for major, minor in versions) <= (2, 34)


@pytest.mark.parametrize("name", BUILT)
def test_the_bill_of_materials_lists_the_crates_of_the_function(name):
    subprocess.run([ROOT / "scripts/sbom", BUILD], check=True)
    text = (BUILD.parent / "sbom" / f"{name}.cdx.json").read_text()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    bill = json.loads(text)

    content = BUILT[name].read_bytes()
    function = bill["metadata"]["component"]
    assert function["name"] == name
    assert function["hashes"] == [{"alg": "SHA-256", "content": hashlib.sha256(content).hexdigest()}]

    architecture = {62: "x86_64", 183: "aarch64"}[content[18]]
    tree = subprocess.run(
        ["cargo", "tree", "--package", "credira-users", "--edges", "normal", "--prefix", "none",
         "--target", f"{architecture}-unknown-linux-gnu", "--format", "{p}", "--locked"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )
    crates = {tuple(line.split()[:2]) for line in tree.stdout.splitlines()}
    listed = {(component["name"], f"v{component['version']}") for component in bill["components"]}
    assert listed == {crate for crate in crates if crate[0] != "credira-users"}
    # Each crate is a dependency of the function, or of another crate.
    references = {reference for entry in bill["dependencies"] for reference in entry.get("dependsOn", [])}
    assert references == {component["bom-ref"] for component in bill["components"]}
