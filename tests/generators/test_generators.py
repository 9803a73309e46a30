"""Generated clients, against the contract's examples and what a later version may send."""

import copy
import json
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from conftest import CONTRACT, ROOT
from stub import example

# Where `scripts/check generators` puts the generated clients.
GENERATED = ROOT / "target/generators"
RESPONSES = CONTRACT["paths"]["/v1/users/{id}"]["get"]["responses"]
HEADERS = {
    f"#/components/headers/{name}": header["example"] if "example" in header else header["schema"]["enum"][0]
    for name, header in CONTRACT["components"]["headers"].items()
}
ETAG = HEADERS["#/components/headers/ETag"]

# What a client must make of the response to each ID: the status, the name or the code, and `Retry-After`.
# `new` has fields that the contract does not have, also in `metadata`, and `suspended` such a code.
CASES = {
    "200": ["200", "John Doe", ""],
    "304": ["304", "", ""],
    "401": ["401", "UNAUTHORIZED", ""],
    "403": ["403", "FORBIDDEN", ""],
    "404": ["404", "NOT_FOUND", ""],
    "429": ["429", "RATE_LIMITED", "1"],
    "new": ["200", "John Doe", ""],
    "suspended": ["403", "ACCOUNT_SUSPENDED", ""],
}
CLIENTS = {
    "openapi-python-client": [sys.executable, "client.py", "openapi_python_client"],
    "clientele": [sys.executable, "client.py", "clientele"],
    "aiopenapi3": [sys.executable, "-W", "ignore", "client.py", "aiopenapi"],
    "openapi-typescript": ["tsx", "client.ts", "openapi-typescript"],
    "hey-api": ["tsx", "client.ts", "hey-api"],
    "swagger-typescript-api": ["tsx", "client.ts", "swagger-typescript-api"],
    "java": ["java", "-cp", "classes:openapi-generator.jar", "Client"],
    "php": ["php", "client.php"],
    "ruby": ["ruby", "-I", "ruby/lib", "client.rb"],
    "go": ["go/client/client"],
    "progenitor": ["../generators-rust/debug/client"],
}


class Stub(BaseHTTPRequestHandler):
    def do_GET(self):
        id = self.path.rpartition("/")[2]
        status = CASES[id.removeprefix("user_")][0]
        if self.headers["Authorization"] != "Bearer KEY":
            status = "401"
        elif status == "200" and self.headers["If-None-Match"] == ETAG:
            status = "304"
        self.send_response(int(status))
        for name, header in RESPONSES[status]["headers"].items():
            self.send_header(name, HEADERS[header["$ref"]])
        if status != "304":
            self.send_header("Content-Type", "application/json")
        self.end_headers()
        if status != "304":
            self.wfile.write(json.dumps(body(id, int(status))).encode())

    def log_message(self, *_):
        pass


def body(id, status):
    body = copy.deepcopy(example(CONTRACT, status))
    if id == "user_new":
        data = body["data"]
        data["metadata"] = {}
        for part in (body, data, data["activity_stats"], data["metadata"], body["meta"]):
            part["new"] = {"field": [1, None]}
    if id == "user_suspended":
        body["error"]["code"] = "ACCOUNT_SUSPENDED"
    return body


def test_each_client_understands_each_response():
    table = f"{'':23} {' '.join(f'{case:8}' for case in CASES)}\n"
    with ThreadingHTTPServer(("127.0.0.1", 0), Stub) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for client, command in CLIENTS.items():
            row = " ".join(f"{cell(command, server.server_port, case):8}" for case in CASES)
            table += f"{client:23} {row}".rstrip() + "\n"
        server.shutdown()
    expected = Path(__file__).with_name("expected.txt").read_text()
    if table != expected:
        pytest.fail(f"the clients are now\n{table}\nand were\n{expected}", pytrace=False)


def cell(command, port, case):
    """`ok`, or `raised` if the caller must catch it, or `body` without the status and the headers, or what is wrong."""
    key = "WRONG" if case == "401" else "KEY"
    request = [f"http://127.0.0.1:{port}", f"user_{case}", key, ETAG if case == "304" else ""]
    result = subprocess.run([*command, *request], cwd=GENERATED, stdout=subprocess.PIPE, text=True)
    how, *seen = result.stdout.rstrip("\n").split("\t")
    if seen == CASES[case]:
        return how
    if seen == ["", CASES[case][1], ""]:
        return "body"
    return " ".join([how or "failed", *seen])
