"""`scripts/smoke` passes for a correct server, and fails for a server with any fault."""

import json
import re
import ssl
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from conftest import ROOT

KEY = "crd_test_ReadsItsAccount00000000000000000000000000000PFqj3"
USER, FORBIDDEN = "user_123456789", "user_300000003"
TAG = 'W/"0a1b2c3d"'
PAGE = json.loads((ROOT / "tests/api/page.json").read_text())


class Fake(BaseHTTPRequestHandler):
    """Responds as the README says. `spoil` can change the status, the headers and the body."""

    protocol_version = "HTTP/1.1"
    spoil = staticmethod(lambda response: None)
    requests, limit = 0, 10**9

    def handle_any(self):
        Fake.requests += 1
        response = {"request": self, "headers": {}, "request_id": f"req_{Fake.requests}"}
        response |= dict(zip(("status", "body"), self.outcome()))
        self.headers_of(response)
        self.spoil(response)
        body = response["body"]
        if isinstance(body, dict):
            meta = {"timestamp": "2024-01-15T10:30:00Z", "request_id": response["request_id"]}
            body = json.dumps(body | {"meta": response.get("meta", meta)})
        content = b"" if self.command == "HEAD" or body is None else body.encode()
        self.send_response(response["status"])
        for name, value in response["headers"].items():
            self.send_header(name, value)
        if response["status"] != 304:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = handle_any

    def outcome(self):
        def failure(status, code, message):
            return status, {"success": False, "error": {"code": code, "message": message}}

        route = re.fullmatch(r"/live/v1/users/([^/]+)", self.path)
        if not route:
            return failure(404, "NOT_FOUND", "Route not found")
        if self.command not in ("GET", "HEAD"):
            return failure(405, "METHOD_NOT_ALLOWED", "Method not allowed")
        if Fake.requests > Fake.limit:
            return failure(429, "RATE_LIMITED", "Too many requests")
        if self.headers["Authorization"] != f"Bearer {KEY}":
            return failure(401, "UNAUTHORIZED", "Invalid or missing API key")
        if not re.fullmatch(r"user_[0-9A-Za-z]{1,64}", route[1]):
            return failure(400, "INVALID_REQUEST", "Invalid user ID format")
        if route[1] == FORBIDDEN:
            return failure(403, "FORBIDDEN", "You don't have permission to access this user")
        if route[1] != USER:
            return failure(404, "NOT_FOUND", "User not found")
        if self.headers["If-None-Match"] == TAG:
            return 304, None
        return 200, {"success": True, "data": PAGE["data"]}

    def headers_of(self, response):
        status, headers = response["status"], response["headers"]
        headers |= {
            "Content-Type": "application/json",
            "X-Content-Type-Options": "nosniff",
            "X-Request-Id": response["request_id"],
            "Cache-Control": "private, no-cache" if status in (200, 304) else "no-store",
        }
        extra = {401: ("WWW-Authenticate", "Bearer"), 405: ("Allow", "GET, HEAD"), 429: ("Retry-After", "1")}
        if status in (200, 304):
            headers["ETag"] = TAG
        if status in extra:
            headers[extra[status][0]] = extra[status][1]

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Fake)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    Fake.requests, Fake.limit, Fake.spoil = 0, 10**9, staticmethod(lambda response: None)
    yield f"http://127.0.0.1:{server.server_port}/live"
    server.shutdown()
    server.server_close()


def smoke(*arguments):
    return subprocess.run(
        [ROOT / "scripts/smoke", *arguments], capture_output=True, text=True, timeout=120
    )


def failures(run) -> list[str]:
    return re.findall(r"^FAIL  ([^:]+): ", run.stdout, re.MULTILINE)


def test_a_correct_server_passes(server):
    run = smoke(server, KEY, "--forbidden", FORBIDDEN)
    assert run.returncode == 0, run.stdout
    assert re.search(r"\d+ passed, 0 failed, 3 skipped$", run.stdout)
    assert KEY not in run.stdout


def if_status(status, change):
    def spoil(response):
        if response["status"] == status:
            change(response)

    return spoil


def header(name, value):
    return lambda response: response["headers"].update({name: value})


def without(name):
    return lambda response: response["headers"].pop(name, None)


def set_to(**changes):
    return lambda response: response.update(changes)


@pytest.mark.parametrize(
    "spoil, failing",
    [
        (if_status(200, set_to(status=500)), "200"),
        (if_status(200, header("ETag", '"0a1b2c3d"')), "200"),
        (if_status(200, without("ETag")), "HEAD"),
        (if_status(200, header("Cache-Control", "public")), "200"),
        (if_status(200, set_to(body={"success": True, "data": PAGE["data"] | {"password": "x"}})), "200"),
        (if_status(200, set_to(meta={"timestamp": "2024-01-15T10:30:00.123Z", "request_id": "req_1"})), "200"),
        (if_status(200, header("Content-Type", "text/html")), "200"),
        (if_status(304, set_to(status=200, body={"success": True, "data": PAGE["data"]})), "304"),
        (if_status(304, without("ETag")), "304 for HEAD"),
        (if_status(400, set_to(status=404)), "400 for john.doe"),
        (if_status(401, without("WWW-Authenticate")), "401 without a key"),
        (if_status(401, set_to(status=403)), "401 for an unknown key"),
        (if_status(401, header("Cache-Control", "private, no-cache")), "401 for a key with a typo"),
        (if_status(403, set_to(status=404)), "403"),
        (if_status(404, without("X-Content-Type-Options")), "404 for a missing user"),
        (if_status(404, set_to(body={"message": "Missing Authentication Token"})), "404 for /v1/accounts"),
        (if_status(405, without("Allow")), "405 for POST"),
        (if_status(405, header("X-Request-Id", "req_another")), "405 for OPTIONS"),
    ],
)
def test_a_faulty_server_fails(server, spoil, failing):
    Fake.spoil = staticmethod(spoil)
    run = smoke(server, KEY, "--forbidden", FORBIDDEN)
    assert run.returncode == 1, run.stdout
    assert failing in failures(run), run.stdout


@pytest.mark.parametrize("limit, failing", [(40, []), (10, ["429"]), (10**9, ["429"])])
def test_a_limit_that_is_too_low_or_too_high_fails(server, limit, failing):
    smoke(server, KEY)
    Fake.requests, Fake.limit = 0, Fake.requests + limit
    run = smoke(server, KEY, "--throttle", "60", "30")
    assert failures(run) == failing, run.stdout + run.stderr
    assert "429" in run.stdout


def test_an_enabled_execute_api_url_fails(server):
    run = smoke(server, KEY, "--execute-api", server)
    assert run.returncode == 1
    assert failures(run) == ["API Gateway's own URL is disabled"]


@pytest.mark.filterwarnings("ignore:.*TLSv1_1")
@pytest.mark.parametrize("minimum, failing", [("TLSv1_2", []), ("TLSv1_1", ["TLS 1.1 is refused"])])
def test_an_old_version_of_tls_fails(server, tmp_path, monkeypatch, minimum, failing):
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=IP:127.0.0.1", "-out", certificate, "-keyout", key],
        check=True, capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion[minimum]
    secure = ThreadingHTTPServer(("127.0.0.1", 0), Fake)
    secure.socket = context.wrap_socket(secure.socket, server_side=True)
    threading.Thread(target=secure.serve_forever, daemon=True).start()
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    run = smoke(f"https://127.0.0.1:{secure.server_port}/live", KEY)
    secure.shutdown()
    secure.server_close()
    assert failures(run) == failing, run.stdout
    assert "ok    TLS 1.2 or 1.3" in run.stdout


def test_an_unreachable_server_fails():
    run = smoke("http://127.0.0.1:9", KEY)
    assert run.returncode == 1
    assert "does not respond" in run.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        [], ["http://127.0.0.1"], ["127.0.0.1", KEY], ["http://127.0.0.1", KEY, "--missing", "me"],
        ["http://127.0.0.1", KEY, "--throttle", "30", "30"], ["http://127.0.0.1", KEY, "--what"],
    ],
)
def test_wrong_arguments_exit_with_2(arguments):
    run = smoke(*arguments)
    assert run.returncode == 2
    assert "usage: smoke" in run.stderr


def test_the_local_stack_passes(local_stack):
    run = smoke(local_stack["api"], KEY, "--forbidden", FORBIDDEN)
    assert run.returncode == 0, run.stdout
