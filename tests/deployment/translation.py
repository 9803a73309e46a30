"""The template as CloudFormation sees it: with openapi.yaml included, and translated by SAM."""

import copy
import os
import re
from pathlib import Path

import yaml
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).parents[2]
# The translator reads the region from the environment.
os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")


def template() -> dict:
    return yaml_parse((ROOT / "template.yaml").read_text())


def definition() -> dict:
    return yaml.safe_load((ROOT / "openapi.yaml").read_text())


def translated(template: dict, definition: dict, values: dict | None = None) -> dict:
    """The template after SAM's translator, which the service also uses. `values` are the values of
    the template's parameters."""
    template = copy.deepcopy(template)
    template["Resources"]["Api"]["Properties"]["DefinitionBody"] = copy.deepcopy(definition)
    for name in ("GetUserFunction", "AuthorizerFunction"):
        template["Resources"][name]["Properties"]["CodeUri"] = "s3://bucket/key"
    # `sam deploy` uploads a package for each function and sets its own CodeUri.
    template["Globals"]["Function"].pop("CodeUri")
    translator = Translator({}, Parser())
    values = {"AWS::Region": "us-east-1", "AWS::Partition": "aws"} | (values or {})
    return translator.translate(template, values)


# Lambda also sets variables with _LAMBDA_ in their name.
SET_BY_LAMBDA = {"AWS_ACCESS_KEY_ID", "AWS_REGION", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"}


def variables_read(binary: str) -> set[str]:
    """The environment variables that a function's sources read, except those that Lambda sets."""
    other = {"get-user": "authorizer", "authorizer": "get_user"}[binary]
    names = set()
    for path in (ROOT / "src").rglob("*.rs"):
        if other not in path.parts:
            names |= set(re.findall(r'\w\("([A-Z_]+)"[,)]', path.read_text()))
    return {name for name in names if "_" in name and "_LAMBDA_" not in name} - SET_BY_LAMBDA
