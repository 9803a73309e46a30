#!/usr/bin/env bash
# urllib3 2.8.0: one plain call, without any retry option, sends four requests and sleeps in between.
#
# Guess: the default `retries=3` is for connections that fail. A 503 is a response, so the call returns it,
#        and `timeout=1` bounds the call.
# Seen:  a 413, 429 or 503 is retried three times if it has `Retry-After`, although no status is in
#        `status_forcelist`. The call sleeps for what the header says, which no timeout bounds. Without the
#        header, or with another status, the first response is returned.
# Why it matters: an API that says `Retry-After: 60` blocks the thread of such a client for three minutes,
# and a loop of retries around the call sends four times as many requests as it counts. `retries=False`
# leaves the response to the caller. (requests sets its own retries, and does not do this.)
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export PIP_DISABLE_PIP_VERSION_CHECK=1
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet urllib3==2.8.0

"$folder/venv/bin/python" - >"$folder/seen" <<'PYTHON'
import http.server, threading, urllib3


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.requests += 1
        status, header = self.path.strip("/").split("/")
        self.send_response(int(status))
        if header == "after":
            self.send_header("Retry-After", "1")
        self.send_header("Content-Length", "0")
        self.end_headers()

    log_message = lambda *_: None


server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
paths = ["503/after", "429/after", "503/none", "500/after"]
for path, options in [*((path, {}) for path in paths), ("503/after", {"retries": False})]:
    server.requests = 0
    response = urllib3.request("GET", f"http://127.0.0.1:{server.server_port}/{path}", timeout=1, **options)
    print(path, options, "returns", response.status, "after", server.requests, "requests")
PYTHON

diff - "$folder/seen" <<'SEEN'
503/after {} returns 503 after 4 requests
429/after {} returns 429 after 4 requests
503/none {} returns 503 after 1 requests
500/after {} returns 500 after 1 requests
503/after {'retries': False} returns 503 after 1 requests
SEEN
cat "$folder/seen"
