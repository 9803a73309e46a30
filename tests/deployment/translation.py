"""The template as CloudFormation will see it: openapi.yaml included, and translated by SAM."""

import copy
import re
from pathlib import Path

import yaml
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).parents[2]


def template() -> dict:
    return yaml_parse((ROOT / "template.yaml").read_text())


def definition() -> dict:
    return yaml.safe_load((ROOT / "openapi.yaml").read_text())


def translated(template: dict, definition: dict) -> dict:
    """What the service would deploy, as far as the translator that it uses goes."""
    template = copy.deepcopy(template)
    template["Resources"]["Api"]["Properties"]["DefinitionBody"] = copy.deepcopy(definition)
    for name in ("GetUserFunction", "AuthorizerFunction"):
        template["Resources"][name]["Properties"]["CodeUri"] = "s3://bucket/key"
    # For a package, which `sam deploy` makes, every function has its own.
    template["Globals"]["Function"].pop("CodeUri")
    translator = Translator({}, Parser())
    return translator.translate(template, {"AWS::Region": "us-east-1", "AWS::Partition": "aws"})


def variables_read(binary: str) -> set[str]:
    """The environment variables that a function's sources read, beside those that Lambda sets."""
    config = (ROOT / "src/config.rs").read_text()
    struct = {"get-user": "GetUserConfig", "authorizer": "AuthorizerConfig"}[binary]
    own = config.split(f"impl {struct}")[1].split("\n}\n")[0]
    shared = (ROOT / "src/dynamodb.rs").read_text()
    pattern = r'(?:required|optional|resolve|trusted_roots)\("([A-Z_]+)"'
    return set(re.findall(pattern, own)) | set(re.findall(pattern, shared))
