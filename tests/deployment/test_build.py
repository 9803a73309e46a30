"""What `sam build` built: for Lambda's C library, and listed in a bill of materials."""

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
    lock.write_text(lock.read_text().replace(' "scopeguard",\n', ""))
    built = subprocess.run(["sam", "build", "--no-cached"], cwd=copy, capture_output=True, text=True)
    assert built.returncode != 0 and "--locked" in built.stderr


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
    function = bill["metadata"]["component"]
    checksum = hashlib.sha256(BUILT[name].read_bytes()).hexdigest()
    assert (function["name"], function["hashes"]) == (name, [{"alg": "SHA-256", "content": checksum}])
    # With those of macros, and without those of build scripts, other targets and tools.
    crates = {component["name"] for component in bill["components"]}
    assert crates >= {"aws-sdk-dynamodb", "h2", "serde_derive"} and crates.isdisjoint({"cc", "windows-sys", "dynoxide-rs"})
    # Each crate is a dependency of the function, or of another crate.
    references = {reference for entry in bill["dependencies"] for reference in entry.get("dependsOn", [])}
    assert references == {component["bom-ref"] for component in bill["components"]}
