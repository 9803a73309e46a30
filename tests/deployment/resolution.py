"""Resolves a translated template, as CloudFormation does for given values of its parameters."""

import re

PSEUDO = {
    "AWS::AccountId": "123456789012",
    "AWS::Partition": "aws",
    "AWS::Region": "us-east-1",
    "AWS::StackName": "stack",
    "AWS::URLSuffix": "amazonaws.com",
}
NO_VALUE = object()


def defaults(template: dict) -> dict:
    return {name: parameter.get("Default") for name, parameter in template["Parameters"].items()}


def resolved(template: dict, values: dict, section: str = "Resources") -> dict:
    """The resources, or the outputs, whose condition is true, with parameters and conditions resolved.
    References to other resources are not resolved."""
    resolve = Resolver(template, values).resolve
    return {
        name: resolve({key: part for key, part in entry.items() if key != "Condition"})
        for name, entry in template[section].items()
        if "Condition" not in entry or resolve({"Condition": entry["Condition"]})
    }


def broken_rules(template: dict, values: dict) -> list[str]:
    """The descriptions of the rules' assertions that these values violate."""
    resolve = Resolver(template, values).resolve
    return [
        assertion["AssertDescription"]
        for rule in template.get("Rules", {}).values()
        if "RuleCondition" not in rule or resolve(rule["RuleCondition"])
        for assertion in rule["Assertions"]
        if not resolve(assertion["Assert"])
    ]


class Resolver:
    def __init__(self, template: dict, values: dict):
        values = defaults(template) | values
        # CloudFormation treats the value of every parameter as a string.
        self.values = PSEUDO | {name: str(value) for name, value in values.items()}
        self.conditions = template.get("Conditions", {})

    def resolve(self, value):
        if isinstance(value, list):
            entries = [self.resolve(entry) for entry in value]
            return [entry for entry in entries if entry is not NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            [(key, argument)] = value.items()
            if function := self.FUNCTIONS.get(key):
                return function(self, argument)
        entries = {key: self.resolve(entry) for key, entry in value.items()}
        return {key: entry for key, entry in entries.items() if entry is not NO_VALUE}

    def ref(self, name):
        return NO_VALUE if name == "AWS::NoValue" else self.values.get(name, {"Ref": name})

    def sub(self, argument):
        text, own = (argument, {}) if isinstance(argument, str) else argument
        known = self.values | {name: self.resolve(value) for name, value in own.items()}
        # The name of a resource is not known here, so its reference stays in the text.
        return re.sub(r"\$\{([^!}]+)\}", lambda match: str(known.get(match[1], match[0])), text)

    def if_(self, argument):
        condition, then, otherwise = argument
        return self.resolve(then if self.condition(condition) else otherwise)

    def condition(self, name):
        return self.resolve(self.conditions[name])

    def equals(self, argument):
        left, right = self.resolve(argument)
        return str(left) == str(right)

    FUNCTIONS = {
        "Ref": ref,
        "Fn::Sub": sub,
        "Fn::If": if_,
        "Condition": condition,
        "Fn::Equals": equals,
        "Fn::Not": lambda self, argument: not self.resolve(argument)[0],
        "Fn::And": lambda self, argument: all(self.resolve(argument)),
        "Fn::Or": lambda self, argument: any(self.resolve(argument)),
    }
