"""The tools accept the commands in the documentation, and the links work."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from samtranslator.yaml_helper import yaml_parse

from conftest import ROOT

TEXTS = {name: (ROOT / "docs" / name).read_text() for name in ("deploy.md", "runbook.md", "scale.md")}
BLOCKS = [
    pytest.param(block, id=f"{name}-{number}")
    for name, text in TEXTS.items()
    for number, block in enumerate(re.findall(r"```sh\n(.*?)```", text, re.DOTALL))
]
# Each stub checks its arguments and changes nothing. If the AWS CLI and `cargo keys` accept the
# arguments, they fail only when they connect.
STUBS = {
    "aws": """
        env -u AWS_PROFILE real-aws "$@" --endpoint-url http://127.0.0.1:9 2>"$0.log"
        grep -q 'Could not connect to the endpoint URL' "$0.log" || { cat "$0.log" >&2; exit 1; }
        echo arn:aws:service:us-east-1:123456789012:resource/0a1b""",
    "sam": """
        help=$(real-sam "$1" --help) || exit
        for argument; do
          case $argument in --*) grep -q -- "${argument%%=*}" <<<"$help" || { echo "sam $1 has no $argument" >&2; exit 2; } ;; esac
        done""",
    "cargo": """
        (cd "$ROOT" && real-cargo "$@" --endpoint-url http://127.0.0.1:9) >/dev/null
        [ $? = 1 ] && echo '{"key": "crd_test_1"}'""",
    "curl": "true",
    "scripts/smoke": """
        "$ROOT/scripts/smoke" "$@"
        [ $? = 1 ]""",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("docs")
    (folder / "scripts").mkdir()
    (folder / ".github").symlink_to(ROOT / ".github")
    for name, script in STUBS.items():
        (folder / name).write_text(f"#!/usr/bin/env bash\n{script}\n")
        (folder / name).chmod(0o755)
    for name in ("aws", "sam", "cargo"):
        (folder / f"real-{name}").write_text(f'#!/bin/sh\nPATH=$REAL_PATH exec {shutil.which(name)} "$@"\n')
        (folder / f"real-{name}").chmod(0o755)
    return folder


def run(folder: Path, block: str) -> subprocess.CompletedProcess:
    beginning = """
        set -e
        output() { case $1 in *Url) echo http://127.0.0.1:9 ;; *) echo "name-of-$1" ;; esac; }
        key=crd_test_1 environment=prod
    """
    environment = os.environ | {
        "PATH": f"{folder}:{os.environ['PATH']}",
        "REAL_PATH": os.environ["PATH"],
        "ROOT": str(ROOT),
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_MAX_ATTEMPTS": "1",
    }
    return subprocess.run(
        ["bash", "-c", beginning + block], cwd=folder, env=environment, capture_output=True, text=True
    )


@pytest.mark.parametrize("block", BLOCKS)
def test_the_tools_accept_a_block_of_commands(folder, block):
    ran = run(folder, block)
    assert ran.returncode == 0, ran.stderr


def test_links_have_a_target():
    for name, text in TEXTS.items():
        for target in re.findall(r"\]\(([^)]+)\)", text):
            if target.startswith("http"):
                continue
            path, _, anchor = target.partition("#")
            file = ROOT / "docs" / path if path else ROOT / "docs" / name
            assert file.exists(), f"{name}: {target}"
            headings = re.findall(r"^#+ (.+)$", file.read_text(), re.MULTILINE)
            anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
            assert not anchor or anchor in anchors, f"{name}: {target}"


def test_the_pipeline_builds_once_and_deploys_that_build_twice(folder):
    jobs = yaml.safe_load((ROOT / ".github/workflows/deploy.yml").read_text())["jobs"]
    commands = {
        name: "\n".join(step.get("run", "") for step in job["steps"]) for name, job in jobs.items()
    }
    for command in re.findall(r"^(?:sam|aws) .*", "\n".join(commands.values()), re.MULTILINE):
        assert run(folder, command).returncode == 0, command
    assert [name for name, text in commands.items() if "sam build" in text] == ["build"]
    assert jobs["production"]["needs"] == "staging" and set(jobs["staging"]["needs"]) == {"check", "build"}
    # The deployment to staging is checked before the one to production starts.
    assert commands["staging"].index("sam deploy --config-env staging") < commands["staging"].index("scripts/smoke")
    assert "sam deploy --config-env prod" in commands["production"]
    for name in ("staging", "production"):
        assert jobs[name]["permissions"]["id-token"] == "write"
        # Only these environments may assume the role.
        assert jobs[name]["environment"] in ("staging", "prod")
        assert any("download-artifact" in step.get("uses", "") for step in jobs[name]["steps"])


def test_only_the_pipelines_environments_may_assume_its_role():
    role = yaml_parse((ROOT / ".github/deploy-role.yaml").read_text())["Resources"]["Role"]["Properties"]
    [statement] = role["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Action"] == "sts:AssumeRoleWithWebIdentity"
    provider = {"Fn::If": ["CreatesProvider", {"Ref": "Provider"}, {"Ref": "ExistingProvider"}]}
    assert statement["Principal"] == {"Federated": provider}
    github = "token.actions.githubusercontent.com"
    assert statement["Condition"] == {
        "StringEquals": {
            f"{github}:aud": "sts.amazonaws.com",
            f"{github}:sub": [{"Fn::Sub": "repo:${Repository}:environment:%s" % name} for name in ("staging", "prod")],
        }
    }
    # In IAM it may manage only the stacks' roles.
    assert role["ManagedPolicyArns"] == [{"Fn::Sub": "arn:${AWS::Partition}:iam::aws:policy/PowerUserAccess"}]
    [policy] = role["Policies"]
    [statement] = policy["PolicyDocument"]["Statement"]
    assert all(re.fullmatch(r"iam:\w+", action) for action in statement["Action"])
    roles = "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/${StackPrefix}-%s-*"
    assert statement["Resource"] == [{"Fn::Sub": roles % name} for name in ("staging", "prod")]
