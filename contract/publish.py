"""From the definition in `openapi.yaml` to the contract for clients."""

import copy

import yaml

METHODS = {"get", "head", "post", "put", "patch", "delete", "options", "trace"}


def contract(definition: dict, overlay: dict) -> dict:
    """What a client needs to know of the definition, with the overlay."""
    contract = without_extensions(definition)
    remove_refusals(contract)
    put_responses_in_place(contract)
    open_schemas(contract["components"]["schemas"])
    summary = contract["info"]["description"]
    contract = merged(contract, overlay)
    contract["info"]["description"] = f"{summary}\n\n{contract['info']['description']}"
    return contract


def without_extensions(node):
    """A copy without the extensions of API Gateway."""
    if isinstance(node, dict):
        return {
            name: without_extensions(value)
            for name, value in node.items()
            if not str(name).startswith("x-amazon-")
        }
    if isinstance(node, list):
        return [without_extensions(value) for value in node]
    return node


def remove_refusals(contract: dict) -> None:
    """Removes the operations that only refuse, and the paths that have no other."""
    for path, item in list(contract["paths"].items()):
        for method in METHODS & item.keys():
            if all(status.startswith("4") for status in item[method]["responses"]):
                del item[method]
        if not METHODS & item.keys():
            del contract["paths"][path]


def put_responses_in_place(contract: dict) -> None:
    """Generators such as swagger-typescript-api do not follow references to responses.

    A response to HEAD has the headers of the response to GET, and no body.
    """
    for item in contract["paths"].values():
        for method in METHODS & item.keys():
            responses = item[method]["responses"]
            for status, response in responses.items():
                responses[status] = copy.deepcopy(resolved(contract, response))
                if method == "head":
                    responses[status].pop("content", None)
    del contract["components"]["responses"]


def open_schemas(node) -> None:
    """A new field or a new value of a list must not break a client."""
    if isinstance(node, dict):
        if node.get("additionalProperties") is False:
            del node["additionalProperties"]
        # A single value, such as that of `success`, never changes.
        if len(node.get("enum", [])) > 1:
            values = node["x-extensible-enum"] = node.pop("enum")
            node["description"] += f" The values of this version: {', '.join(f'`{value}`' for value in values)}."
        for value in node.values():
            open_schemas(value)


def merged(target, patch):
    """The target with a JSON Merge Patch (RFC 7396)."""
    if not isinstance(patch, dict):
        return patch
    target = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            target.pop(name, None)
        else:
            target[name] = merged(target.get(name), value)
    return target


def resolved(document: dict, node: dict) -> dict:
    """The node, or what it refers to."""
    if "$ref" not in node:
        return node
    _, *names = node["$ref"].split("/")
    for name in names:
        document = document[name]
    return document


class Dumper(yaml.SafeDumper):
    """Writes texts of several lines as blocks, and no aliases."""

    def ignore_aliases(self, data):
        return True

    def represent_text(self, text: str):
        return self.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


Dumper.add_representer(str, Dumper.represent_text)

COMMENT = "# Made by `scripts/contract` from openapi.yaml and contract/overlay.yaml. Edit those instead.\n"


def text(contract: dict) -> str:
    return COMMENT + yaml.dump(contract, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=100)
