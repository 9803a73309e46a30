"""The deployment that the checks look at: the template and the definition, with or without a mistake."""

import copy
from functools import cache, cached_property

import resolution
import translation

# The parts of a resource beside its properties.
ATTRIBUTES = {"Condition", "DeletionPolicy", "DependsOn", "Metadata", "Type", "UpdateReplacePolicy"}
# The value of a part that a mistake removes.
REMOVED = object()


def replaced(old: str, new: str):
    """A mistake inside a text."""
    return lambda text: text.replace(old, new)


@cache
def written() -> tuple[dict, dict]:
    return translation.template(), translation.definition()


class Deployment:
    """The template and the definition, both as written and as translated."""

    def __init__(self):
        self.template, self.definition = copy.deepcopy(written())

    @cached_property
    def whole(self) -> dict:
        return translation.translated(self.template, self.definition)

    @property
    def resources(self) -> dict:
        return self.whole["Resources"]

    @property
    def body(self) -> dict:
        return self.resources["Api"]["Properties"]["Body"]

    def of(self, kind: str) -> dict:
        """The properties of all resources of a type, such as `Logs::LogGroup`."""
        return {name: r["Properties"] for name, r in self.resources.items() if r["Type"] == f"AWS::{kind}"}

    def with_values(self, **values) -> dict:
        """The resources as CloudFormation creates them for these values of the parameters."""
        return resolution.resolved(self.whole, values)

    def outputs(self, **values) -> dict:
        outputs = resolution.resolved(self.whole, values, "Outputs")
        return {name: output["Value"] for name, output in outputs.items()}

    def change(self, path: str, value) -> None:
        """Makes a mistake. A path is like `UsersTable > KeySchema > 0 > KeyType`. It begins with a
        resource, or with a section of the template or of the definition."""
        first, *rest = path.split(" > ")
        if resource := self.template["Resources"].get(first):
            node = resource if rest[0] in ATTRIBUTES else resource["Properties"]
        else:
            node, rest = self.template if first in self.template else self.definition, [first, *rest]
        *way, last = rest
        for part in way:
            node = node[index(node, part)]
        last = index(node, last)
        before = copy.deepcopy(node)
        if value is REMOVED:
            del node[last]
        elif isinstance(node, list) and last == len(node):
            node.append(value)
        else:
            node[last] = value(node[last]) if callable(value) else value
        assert node != before, f"{path} has this value already"


def index(node, part: str):
    return int(part) if isinstance(node, list) else part
