"""The tools accept the commands of the pages, and a paste changes nothing by accident."""

import json
import os
import re
import shutil
import subprocess

import pytest
import yaml

from conftest import ROOT, send

TEXTS = {path.name: path.read_text() for path in (ROOT / "docs").glob("*.md")}
BLOCKS = {
    f"{name}-{number}": block
    for name in ("deploy.md", "runbook.md", "scale.md")
    for number, block in enumerate(re.findall(r"```sh\n(.*?)```", TEXTS[name], re.DOTALL))
    # test_sam_local.py runs these.
    if not re.search("^(cargo|sam) local ", block, re.MULTILINE)
}
# What a reader fills in, such as `version=`.
BLANK = re.compile(r"^(\w+)=(?=$|\s*#)", re.MULTILINE)
# Each stub notes and checks its arguments and changes nothing. If the AWS CLI and `cargo keys` accept the
# arguments, they fail only when they connect.
STUBS = {
    "aws": """
        echo "$2" >>calls
        env -u AWS_PROFILE real-aws "$@" --endpoint-url http://127.0.0.1:9 2>"$0.log"
        grep -q 'Could not connect to the endpoint URL' "$0.log" || { cat "$0.log" >&2; exit 1; }
        echo arn:aws:service:us-east-1:123456789012:resource/0a1b""",
    "sam": """
        help=$(real-sam "$1" --help) || exit
        for argument; do
          case $argument in --*) grep -q -- "${argument%%=*}" <<<"$help" || { echo "sam $1 has no $argument" >&2; exit 2; } ;; esac
        done""",
    "cargo": """
        echo cargo >>calls
        (cd "$ROOT" && real-cargo "$@" --endpoint-url http://127.0.0.1:9) >/dev/null
        [ $? = 1 ] && echo '{"key": "crd_test_1"}'""",
    "curl": "true",
    "scripts/smoke": """
        "$ROOT/scripts/smoke" "$@"
        [ $? = 1 ]""",
}
BEGINNING = """
    output() { case $1 in *Url) echo http://127.0.0.1:9 ;; *) echo "name-of-$1" ;; esac; }
    key=crd_test_1 hash=0a1b function=get-user stack=credira-users-prod
"""


@pytest.fixture
def bash(tmp_path):
    """Runs bash with the stubs on its path."""
    (tmp_path / "scripts").mkdir()
    (tmp_path / ".github").symlink_to(ROOT / ".github")
    scripts = STUBS | {
        f"real-{name}": f'PATH=$REAL_PATH exec {shutil.which(name)} "$@"' for name in ("aws", "sam", "cargo")
    }
    for name, script in scripts.items():
        (tmp_path / name).write_text(f"#!/usr/bin/env bash\n{script}\n")
        (tmp_path / name).chmod(0o755)
    environment = os.environ | {
        "PATH": f"{tmp_path}:{os.environ['PATH']}", "REAL_PATH": os.environ["PATH"], "ROOT": str(ROOT),
        "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local", "AWS_MAX_ATTEMPTS": "1",
    }
    return lambda *arguments, **options: subprocess.run(
        ["bash", *arguments], cwd=tmp_path, env=environment, capture_output=True, text=True, **options
    )


@pytest.mark.parametrize("block", BLOCKS.values(), ids=BLOCKS)
def test_the_tools_accept_a_block_of_commands(bash, block):
    ran = bash("-ec", BEGINNING + BLANK.sub(r"\1=2026", block), input="crd_test_1\n")
    assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize("name", [name for name, block in BLOCKS.items() if BLANK.search(block)])
def test_a_block_with_a_blank_that_is_pasted_as_it_is_changes_nothing(bash, tmp_path, name):
    # Interactive, because it then goes on after a command that fails.
    bash("--norc", "-i", input=BEGINNING + BLOCKS[name])
    called = (tmp_path / "calls").read_text().split() if (tmp_path / "calls").exists() else []
    assert [call for call in called if not re.match("get-|list-|describe-|scan$", call)] == []


def test_the_tools_accept_the_commands_of_the_pipeline(bash):
    for job in yaml.safe_load((ROOT / ".github/workflows/deploy.yml").read_text())["jobs"].values():
        for command in re.findall(r"^(?:sam|aws) .*", "\n".join(step.get("run", "") for step in job["steps"]), re.MULTILINE):
            ran = bash("-c", BEGINNING + command)
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
        "ID": BLANK.sub(rf"\1={key_id}", from_record),
        "last four characters": BLANK.sub(rf"\1={key[-4:]}", from_record),
    }[known]
    ran = subprocess.run(
        ["bash", "-ec", "output() { echo api-keys; }\n" + find + revoke], capture_output=True, text=True, input=f"{key}\n",
        env=os.environ | {"AWS_ENDPOINT_URL_DYNAMODB": local_stack["dynamodb"]},
    )
    assert (ran.stdout, ran.stderr) == (f"{key_id}\n", "")
    assert send(f"{local_stack['api']}/v1/users/user_123456789", key)[0] == 401
