"""The template as CloudFormation will see it: openapi.yaml included, and translated by SAM."""

import copy
import os
import re
from pathlib import Path

import yaml
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).parents[2]
# The translator looks for a region on the machine.
os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")


def template() -> dict:
    return yaml_parse((ROOT / "template.yaml").read_text())


def definition() -> dict:
    return yaml.safe_load((ROOT / "openapi.yaml").read_text())


def translated(template: dict, definition: dict, values: dict | None = None) -> dict:
    """What the service would deploy, as far as the translator that it uses goes. `values` are of
    the template's parameters."""
    template = copy.deepcopy(template)
    template["Resources"]["Api"]["Properties"]["DefinitionBody"] = copy.deepcopy(definition)
    for name in ("GetUserFunction", "AuthorizerFunction"):
        template["Resources"][name]["Properties"]["CodeUri"] = "s3://bucket/key"
    # For a package, which `sam deploy` makes, every function has its own.
    template["Globals"]["Function"].pop("CodeUri")
    translator = Translator({}, Parser())
    values = {"AWS::Region": "us-east-1", "AWS::Partition": "aws"} | (values or {})
    return translator.translate(template, values)


def variables_read(binary: str) -> set[str]:
    """The environment variables that a function's sources read, beside those that Lambda sets."""
    folder, config = {
        "get-user": ("authorizer", "AuthorizerConfig"),
        "authorizer": ("get_user", "GetUserConfig"),
    }[binary]
    names = set()
    for path in (ROOT / "src").rglob("*.rs"):
        # What only the other function reads.
        if folder not in path.parts:
            text = re.sub(rf"\nimpl {config} .*?\n}}\n", "", path.read_text(), flags=re.DOTALL)
            names |= set(re.findall(r'\w\("([A-Z_]+)"[,)]', text.split("mod tests")[0]))
    return {name for name in names if "_" in name and name != "AWS_REGION" and "_LAMBDA_" not in name}
