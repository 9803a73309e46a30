"""The tools accept the commands in the documentation, and the links work."""

import json
import os
import re
import shutil
import subprocess
import urllib.error
import urllib.request
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
        ["bash", "-c", beginning + block], cwd=folder, env=environment, capture_output=True, text=True,
        input="crd_test_1\n",
    )


@pytest.mark.parametrize("block", BLOCKS)
def test_the_tools_accept_a_block_of_commands(folder, block):
    ran = run(folder, block)
    assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize("known", ["key", "ID", "last four characters"])
def test_the_runbook_revokes_a_leaked_key(local_stack, known):
    section = TEXTS["runbook.md"].split("## A leaked key")[1].split("\n## ")[0]
    from_key, from_record, revoke = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
    create = ["cargo", "keys", "--endpoint-url", local_stack["dynamodb"], "--output", "json"]
    created = json.loads(subprocess.check_output([*create, "create", "--account", "acc_1", "--scope", "users:read"], cwd=ROOT))
    key, key_id = created["key"], created["key_id"]
    find = {
        "key": from_key,
        "ID": from_record.replace("key_0a1b2c3d", key_id),
        "last four characters": from_record.replace("key_0a1b2c3d", key[-4:]),
    }[known]
    environment = os.environ | {
        "AWS_ENDPOINT_URL_DYNAMODB": local_stack["dynamodb"],
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
    }
    ran = subprocess.run(
        ["bash", "-ec", "output() { echo api-keys; }\n" + find + revoke],
        env=environment, capture_output=True, text=True, input=f"{key}\n",
    )
    assert (ran.stdout, ran.stderr) == (f"{key_id}\n", "")
    request = urllib.request.Request(
        f"{local_stack['api']}/v1/users/user_123456789", headers={"Authorization": f"Bearer {key}"}
    )
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(request)


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
    for name, environment in (("staging", "staging"), ("production", "prod")):
        # The deployment is checked before the job ends, and so before the next one starts.
        deploy = commands[name].index(f"sam deploy --config-env {environment}")
        assert deploy < commands[name].index("scripts/smoke"), name
        assert f"--stack-name credira-users-{environment} " in commands[name]
        assert jobs[name]["permissions"]["id-token"] == "write"
        # Only these environments may assume the role.
        assert jobs[name]["environment"] == environment
        assert any("download-artifact" in step.get("uses", "") for step in jobs[name]["steps"])


ROLE = yaml_parse((ROOT / ".github/deploy-role.yaml").read_text())


@pytest.mark.parametrize(
    "repository, fits",
    [
        ("credira/users", True),
        ("credira@123456/users@456789", True),
        ("credira@123456/users", False),
        ("credira/users@456789", False),
        ("credira@*/users@*", False),
        ("credira/users:environment", False),
    ],
)
def test_the_role_takes_a_repository_with_or_without_ids(repository, fits):
    assert bool(re.search(ROLE["Parameters"]["Repository"]["AllowedPattern"], repository)) == fits


def test_only_the_pipelines_environments_may_assume_its_role():
    role = ROLE["Resources"]["Role"]["Properties"]
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
