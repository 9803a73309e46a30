"""From the error responses of the definition to `docs/errors.md`."""

import json
import re

from .publish import resolved

# Headers that say more than those of every response.
TELLING_HEADERS = ("Allow", "Retry-After", "WWW-Authenticate")

TEXT = """\
<!-- Made by `scripts/contract` from openapi.yaml and contract/overlay.yaml. Edit those instead. -->

# Errors

Every response other than 200 and 304 has a body like the examples on this page, unless the request is HEAD.

- `error.code`: {code}
- `error.message`: {message}.
- `meta.timestamp`: {timestamp}
- `X-Request-Id`, a header: {request_id}

| status | code | message |
|---|---|---|
{rows}

{sections}

{retries}"""


def page(definition: dict, contract: dict) -> str:
    """Each error with its cause, what a client should do, and an example. At the end, how to retry."""
    components = definition["components"]
    error = components["schemas"]["ErrorDetail"]["properties"]
    errors = sorted(error_responses(definition), key=lambda error: error[0])
    return TEXT.format(
        code=error["code"]["description"],
        message=error["message"]["description"],
        timestamp=components["schemas"]["ErrorMeta"]["properties"]["timestamp"]["description"],
        request_id=components["headers"]["X-Request-Id"]["description"],
        rows="\n".join(rows(definition, errors)),
        sections="\n\n".join(section(code, errors) for code in error["code"]["enum"]),
        retries=re.search(r"^## Retries\n.*?(?=\n## )", contract["info"]["description"], re.M | re.S).group(),
    )


def error_responses(definition: dict) -> list[tuple[str, dict, dict]]:
    """Each error's status, response and example."""
    found = {}
    for item in definition["paths"].values():
        for operation in filter(lambda value: "responses" in value, item.values()):
            for status, response in operation["responses"].items():
                response = resolved(definition, response)
                example = response.get("content", {}).get("application/json", {}).get("example", {})
                if "error" in example:
                    found[tuple(example["error"].values())] = status, response, example
    return list(found.values())


def rows(definition: dict, errors: list) -> list[str]:
    """A row for each message: those of the examples, and those that only API Gateway sends."""
    found = [(status, *example["error"].values()) for status, _, example in errors]
    statuses = {status for status, *_ in found}
    for response in definition["x-amazon-apigateway-gateway-responses"].values():
        if (status := response.get("statusCode")) in statuses:
            body = json.loads(response["responseTemplates"]["application/json"])
            found.append((status, *body["error"].values()))
    # Each once, in the order of the statuses.
    found = sorted(dict.fromkeys(found), key=lambda error: error[0])
    return [f"| {status} | [`{code}`](#{code.lower()}) | {message} |" for status, code, message in found]


def section(code: str, errors: list) -> str:
    parts = [f"## `{code}`"]
    for status, response, example in errors:
        if example["error"]["code"] == code:
            cause, _, action = response["description"].partition("\n\n")
            headers = " and ".join(f"`{name}`" for name in TELLING_HEADERS if name in response["headers"])
            parts.append(f"**{status}{f', with {headers}' if headers else ''}.** {cause}")
            parts.append(f"**What to do.** {action}")
            parts.append(f"```json\n{json.dumps(example, indent=2)}\n```")
    return "\n\n".join(parts)
