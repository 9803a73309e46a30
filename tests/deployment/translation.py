"""The template as CloudFormation deploys it: with openapi.yaml, translated by SAM, its parameters resolved."""

import copy
import json
import os
import re
import time
from pathlib import Path
from unittest.mock import patch

import yaml
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

ROOT = Path(__file__).parents[2]
PSEUDO = {
    "AWS::AccountId": "123456789012", "AWS::Partition": "aws", "AWS::Region": "us-east-1",
    "AWS::StackName": "credira-users-dev", "AWS::URLSuffix": "amazonaws.com",
}
# The translator reads the region from the environment.
os.environ.setdefault("AWS_DEFAULT_REGION", PSEUDO["AWS::Region"])
NO_VALUE = object()


def parsed(text: str) -> dict:
    """The template with what `sam deploy` uploads: the definition, and packages instead of folders."""
    # Through JSON, so that no two places share a node, as in the output of `sam build`.
    template = json.loads(json.dumps(yaml_parse(text)))
    template["Resources"]["Api"]["Properties"]["DefinitionBody"] = yaml.safe_load((ROOT / "openapi.yaml").read_text())
    template["Globals"]["Function"]["CodeUri"] = "s3://bucket/" + template["Globals"]["Function"]["CodeUri"]
    return template


TEMPLATE = parsed((ROOT / "template.yaml").read_text())


def translated(values: dict, template: dict = TEMPLATE, seconds: int = 1) -> dict:
    """The template after SAM's translator, which the service also uses. SAM can put the time into a logical ID."""
    with patch.object(time, "time", lambda: seconds):
        return Translator({}, Parser()).translate(copy.deepcopy(template), PSEUDO | values)


def deployed(values: dict = {}, template: dict = TEMPLATE, seconds: int = 1) -> dict:
    """The resources whose condition is true, with parameters and conditions resolved."""
    # CloudFormation treats the value of every parameter as a string.
    values = {name: str(value) for name, value in values.items()}
    whole = translated(values, template, seconds)
    defaults = {name: str(parameter["Default"]) for name, parameter in whole["Parameters"].items()}
    resolve = Resolver(whole, PSEUDO | defaults | values).resolve
    return {
        name: resolve({key: part for key, part in resource.items() if key != "Condition"})
        for name, resource in whole["Resources"].items()
        if "Condition" not in resource or resolve({"Condition": resource["Condition"]})
    }


class Resolver:
    """Resolves functions as CloudFormation does. A reference to a resource becomes `${Name}`."""

    def __init__(self, template: dict, values: dict):
        self.template, self.values = template, values

    def resolve(self, value):
        if isinstance(value, list):
            return [entry for entry in map(self.resolve, value) if entry is not NO_VALUE]
        if not isinstance(value, dict):
            return value
        match list(value.items()):
            case [("Ref", "AWS::NoValue")]:
                return NO_VALUE
            case [("Ref", name)]:
                return self.values.get(name, f"${{{name}}}")
            case [("Fn::Sub", argument)]:
                text, own = (argument, {}) if isinstance(argument, str) else argument
                known = self.values | {name: self.resolve(entry) for name, entry in own.items()}
                return re.sub(r"\$\{([^!}]+)\}", lambda match: known.get(match[1], match[0]), text)
            case [("Fn::Join", [separator, parts])]:
                return separator.join(map(str, self.resolve(parts)))
            case [("Fn::If", [condition, then, otherwise])]:
                return self.resolve(then if self.resolve({"Condition": condition}) else otherwise)
            case [("Condition", name)]:
                return self.resolve(self.template["Conditions"][name])
            case [("Fn::Equals", [left, right])]:
                return str(self.resolve(left)) == str(self.resolve(right))
            case [("Fn::Not", [argument])]:
                return not self.resolve(argument)
        entries = {key: self.resolve(entry) for key, entry in value.items()}
        return {key: entry for key, entry in entries.items() if entry is not NO_VALUE}
