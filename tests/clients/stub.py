"""A server for the responses that `cargo local` cannot be made to send. They are the contract's examples."""

import copy
import json
import threading
from collections import Counter
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from contract.publish import resolved

USER_WITH_NEW_FIELDS = "user_new"


@contextmanager
def serve(contract: dict):
    """Yields the server's URL, and the number of requests that it got for each path.

    The first two requests for a path get a 429 and a 503. The others get the user.
    """
    requests = Counter()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            requests[self.path] += 1
            status, body = response(contract, self.path, requests[self.path])
            self.send_response(int(status))
            self.send_header("Content-Type", "application/json")
            if status in ("429", "503"):
                self.send_header("Retry-After", "1")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", requests
        finally:
            server.shutdown()


def response(contract: dict, path: str, attempt: int) -> tuple[str, bytes]:
    has_new_fields = path.endswith(USER_WITH_NEW_FIELDS)
    status = "200" if has_new_fields else {1: "429", 2: "503"}.get(attempt, "200")
    documented = resolved(contract, contract["paths"]["/v1/users/{id}"]["get"]["responses"][status])
    body = copy.deepcopy(documented["content"]["application/json"]["example"])
    if has_new_fields:
        for part in (body, body["data"], body["data"]["activity_stats"], body["meta"]):
            part["new"] = {"field": [1, None]}
    return status, json.dumps(body).encode()
