"""Whether a contract breaks clients of the last released one.

A contract promises things, such as a field that is always present, and an operation needs things, such
as a header. A change breaks clients if a promise is taken back or an operation needs more.
"""

import json

from .publish import METHODS, resolved

# Keywords of a schema that promise nothing by themselves.
ANNOTATIONS = {"description", "example", "nullable", "required"}


def problems(released: dict, contract: dict) -> list[str]:
    """Why the contract must not be released with its version."""
    old, new = version(released), version(contract)
    if new[0] > old[0]:
        return []
    if new < old:
        return [f"the version is before the released {released['info']['version']}"]
    breaking = [f"this is not true any more: {promise}" for promise in promises(released) - promises(contract)]
    known = needs(released)
    for operation, things in needs(contract).items():
        breaking += [f"{operation} now needs {thing}" for thing in things - known.get(operation, things)]
    if breaking:
        return ["this breaks clients and needs a new major version:", *sorted(breaking)]
    added = [f"this is new: {promise}" for promise in promises(contract) - promises(released)]
    if added and new[:2] == old[:2]:
        return ["this needs a new minor version:", *sorted(added)]
    return []


def version(contract: dict) -> list[int]:
    return [int(number) for number in contract["info"]["version"].split(".")]


def needs(contract: dict) -> dict[str, set[str]]:
    """What a request must have, for each operation."""
    schemes = contract["components"]["securitySchemes"]
    all_needs = {}
    for name, operation, parameters in operations(contract):
        things = {
            f"{parameter['in']} {parameter['name']}" for parameter in parameters if parameter.get("required")
        }
        for requirement in operation.get("security", contract.get("security", [])):
            things |= {text(without(schemes[scheme], "description", "bearerFormat")) for scheme in requirement}
        if operation.get("requestBody", {}).get("required"):
            things.add("a body")
        all_needs[name] = things
    return all_needs


def promises(contract: dict) -> set[str]:
    """What a client can rely on, a sentence each."""
    found = {f"the server is {server['url']}" for server in contract["servers"]}
    found |= {f"the schema has the name {name}" for name in contract["components"]["schemas"]}
    for name, operation, parameters in operations(contract):
        found.add(f"{name} has the ID {operation.get('operationId')}")
        found.update(f"{name} has the tag {tag}" for tag in operation.get("tags", []))
        for parameter in parameters:
            found.update(parameter_promises(contract, f"{name} {parameter['in']} {parameter['name']}", parameter))
        for status, response in operation["responses"].items():
            found.update(response_promises(contract, f"{name} {status}", response))
    return found


def operations(contract: dict):
    """Each operation with its name, such as `GET /v1/users/{id}`, and its parameters."""
    for path, item in contract["paths"].items():
        for method in METHODS & item.keys():
            parameters = item.get("parameters", []) + item[method].get("parameters", [])
            parameters = [resolved(contract, parameter) for parameter in parameters]
            yield f"{method.upper()} {path}", item[method], parameters


def parameter_promises(contract: dict, name: str, parameter: dict):
    schema = resolved(contract, parameter["schema"])
    values = schema.get("enum", [])
    # Whether another pattern or limit accepts less is hard to tell, so each change counts.
    limits = without(schema, "enum", *ANNOTATIONS)
    yield f"{name} accepts {'these values' if values else 'values'} of {text(limits)}"
    yield from (f"{name} accepts {text(value)}" for value in values)


def response_promises(contract: dict, name: str, response: dict):
    yield f"{name} exists"
    for header, definition in response.get("headers", {}).items():
        definition = resolved(contract, definition)
        is_required = definition.get("required", False)
        yield from schema_promises(contract, f"{name} {header}", "", definition["schema"], is_required)
    for media_type, content in response.get("content", {}).items():
        yield from schema_promises(contract, f"{name} {media_type}", "", content["schema"], True)


def schema_promises(contract: dict, place: str, field: str, schema: dict, is_required: bool):
    schema = resolved(contract, schema)
    name = f"{place} {field}".strip()
    yield f"{name} exists"
    if is_required:
        yield f"{name} is always present"
    if not schema.get("nullable"):
        yield f"{name} is never null"
    for keyword, value in without(schema, *ANNOTATIONS).items():
        if keyword == "additionalProperties" and isinstance(value, bool):
            # Clients must tolerate new fields in either case.
            continue
        if keyword == "properties":
            for child, definition in value.items():
                path = f"{field}.{child}".lstrip(".")
                is_required = child in schema.get("required", [])
                yield from schema_promises(contract, place, path, definition, is_required)
        elif keyword == "items":
            yield from schema_promises(contract, place, f"{field}[]", value, False)
        elif keyword == "x-extensible-enum":
            # Clients must tolerate new values.
            yield from (f"{name} can be {text(each)}" for each in value)
        else:
            yield f"{name} has the {keyword} {text(value)}"


def without(mapping: dict, *names: str) -> dict:
    return {name: value for name, value in mapping.items() if name not in names}


def text(value) -> str:
    return json.dumps(value, sort_keys=True)

