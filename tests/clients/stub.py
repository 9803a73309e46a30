"""A server for the responses that `cargo local` cannot be made to send. They are the contract's examples."""

import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@contextmanager
def serve(contract: dict, *statuses: int):
    """Yields the server's URL, and the time of each request.

    Each request gets the next status. Instead of 0, the connection breaks.
    """
    times = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            status = statuses[len(times)]
            times.append(time.monotonic())
            if status == 0:
                return
            body = json.dumps(example(contract, status)).encode()
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


def example(contract: dict, status: int) -> dict:
    """The body of the example of this status."""
    responses = contract["paths"]["/v1/users/{id}"]["get"]["responses"]
    return responses[str(status)]["content"]["application/json"]["example"]
