"""A server for the responses that `cargo local` cannot be made to send. They are the contract's examples."""

import copy
import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# A user with the fields of a later version, and one whose response has an error code of a later version.
EXTENDED = "user_new"
SUSPENDED = "user_suspended"


@contextmanager
def serve(contract: dict, *statuses: int):
    """Yields the server's URL, and the time of each request.

    Each request gets the next status. Instead of 0, the connection breaks.
    """
    times = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            id = self.path.rpartition("/")[2]
            status = {EXTENDED: 200, SUSPENDED: 403}.get(id) or statuses[len(times)]
            times.append(time.monotonic())
            if status == 0:
                return
            body = response(contract, id, status)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            if status == 429:
                self.send_header("Retry-After", "1")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", times
        finally:
            server.shutdown()


def response(contract: dict, id: str, status: int) -> bytes:
    documented = contract["paths"]["/v1/users/{id}"]["get"]["responses"][str(status)]
    body = copy.deepcopy(documented["content"]["application/json"]["example"])
    if id == EXTENDED:
        data = body["data"]
        data["metadata"] = {}
        for part in (body, data, data["activity_stats"], data["metadata"], body["meta"]):
            part["new"] = {"field": [1, None]}
    if id == SUSPENDED:
        body["error"]["code"] = "ACCOUNT_SUSPENDED"
    return json.dumps(body).encode()
