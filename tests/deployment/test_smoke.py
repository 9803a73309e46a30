"""`scripts/smoke` passes for the local stack, and fails if a proxy in front of it spoils a response."""

import http.client
import re
import ssl
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest

from conftest import ROOT

KEY = "crd_test_ReadsItsAccount00000000000000000000000000000PFqj3"


class Proxy(BaseHTTPRequestHandler):
    """Sends each request to `server.api`. `server.spoil` can change the status, headers and body of a response."""

    protocol_version = "HTTP/1.1"

    def handle_any(self):
        connection = http.client.HTTPConnection(self.server.api)
        connection.request(self.command, self.path.removeprefix("/live"), headers=dict(self.headers))
        original = connection.getresponse()
        response = SimpleNamespace(status=original.status, headers=dict(original.getheaders()), body=original.read())
        self.server.spoil(response)
        self.send_response(response.status)
        for name, value in response.headers.items():
            if name.lower() not in ("content-length", "transfer-encoding", "connection", "date"):
                self.send_header(name, value)
        if response.status != 304:
            self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        self.wfile.write(response.body)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = handle_any

    def log_message(self, *_):
        pass


@pytest.fixture
def proxy(local_stack):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    server.api = local_stack["api"].removeprefix("http://")
    server.spoil = lambda response: None
    server.url = f"http://127.0.0.1:{server.server_port}/live"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def smoke(*arguments):
    run = subprocess.run([ROOT / "scripts/smoke", *arguments], capture_output=True, text=True, timeout=120)
    run.failures = re.findall(r"^FAIL  ([^:]+): ", run.stdout, re.MULTILINE)
    assert run.returncode == (2 if run.stderr else 1 if "FAIL  " in run.stdout else 0), run.stdout + run.stderr
    return run


def test_the_local_stack_passes(proxy):
    run = smoke(proxy.url, KEY, "--forbidden", "user_300000003")
    assert re.search(r"\d+ passed, 0 failed, 3 skipped$", run.stdout), run.stdout
    assert KEY not in run.stdout


def header(name, value):
    return lambda response: response.headers.update({name: value})


def body(old, new):
    return lambda response: setattr(response, "body", re.sub(old, new, response.body))


@pytest.mark.parametrize(
    "of, spoil, failing",
    [
        (200, lambda response: setattr(response, "status", 500), "200"),
        (200, header("etag", '"0a1b2c3d"'), "ETag"),
        (200, header("cache-control", "public"), "200 for HEAD"),
        (200, header("content-type", "text/html"), "200"),
        (200, body(b'"metadata":', b'"password":"x","metadata":'), "200"),
        (200, body(b'user_123456789', b'user_1'), "200"),
        (200, body(b'Z","request_id"', b'.123Z","request_id"'), "200"),
        (304, header("etag", ""), "304 for HEAD"),
        (401, header("www-authenticate", ""), "401 without a key"),
        (403, body(b"FORBIDDEN", b"OTHER"), "403"),
        (404, header("x-content-type-options", ""), "404 for a missing user"),
        (404, body(b".+", b'{"message":"Missing Authentication Token"}'), "404 for /v1/accounts"),
        (405, header("allow", "GET"), "405 for POST"),
        (405, header("x-request-id", "req_another"), "405 for OPTIONS"),
    ],
)
def test_a_spoiled_response_fails(proxy, of, spoil, failing):
    proxy.spoil = lambda response: spoil(response) if response.status == of else None
    assert failing in smoke(proxy.url, KEY, "--forbidden", "user_300000003").failures


@pytest.mark.parametrize("limit, failing", [(40, []), (10, ["429"]), (10**9, ["429"])])
def test_a_limit_that_is_too_low_or_too_high_fails(proxy, limit, failing):
    passed = []

    def throttle(response):
        passed.append(response)
        # The other checks send about 30 requests before.
        if response.status == 200 and len(passed) > limit + 30:
            response.status = 429
            response.headers |= {"retry-after": "1", "cache-control": "no-store"}
            response.body = b'{"success":false,"error":{"code":"RATE_LIMITED","message":""},"meta":{}}'

    proxy.spoil = throttle
    assert smoke(proxy.url, KEY, "--throttle", "60", "30").failures == failing


def test_an_enabled_execute_api_url_fails(proxy):
    assert smoke(proxy.url, KEY, "--execute-api", proxy.url).failures == ["API Gateway's own URL is disabled"]


@pytest.mark.filterwarnings("ignore:.*TLSv1_1")
@pytest.mark.parametrize("minimum, failing", [("TLSv1_2", []), ("TLSv1_1", ["TLS 1.1 is refused"])])
def test_an_old_version_of_tls_fails(proxy, tmp_path, monkeypatch, minimum, failing):
    pem = tmp_path / "key-and-certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=IP:127.0.0.1", "-out", pem, "-keyout", pem],
        check=True, capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion[minimum]
    proxy.socket = context.wrap_socket(proxy.socket, server_side=True)
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    assert smoke(proxy.url.replace("http:", "https:"), KEY).failures == failing


@pytest.mark.parametrize("arguments", [[], ["127.0.0.1", KEY], ["http://127.0.0.1", KEY, "--throttle", "30", "30"]])
def test_wrong_arguments_are_refused(arguments):
    assert "usage: smoke" in smoke(*arguments).stderr
