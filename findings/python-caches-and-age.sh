#!/usr/bin/env bash
# requests-cache 1.3.3, CacheControl 0.14.4, hishel 2.0.0 (in its RFC 9111 mode): what is fresh.
#
# Guess: a response with `max-age=60` and `Age: 100` is stale when it arrives, so the next GET asks the server
#        (RFC 9111, 4.2.3). So does a GET after a PUT or POST that succeeded (4.4).
# Seen:  none of the three reads Age. requests-cache, even with `cache_control=True`, returns the old response after
#        any write, and CacheControl after a POST.
# Why it matters: behind a CDN the client's cache starts its own 60 seconds whenever it fetches, so data lives
# twice as long as the server allows. And a client that changes a user reads the old one.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export PIP_DISABLE_PIP_VERSION_CHECK=1
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet requests-cache==1.3.3 CacheControl==0.14.4 hishel==2.0.0 \
  requests==2.34.2 httpx==0.28.1

cat >"$folder/run.py" <<'PYTHON'
import http.server, threading, cachecontrol, hishel, hishel.httpx, requests, requests_cache

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.gets += self.command == "GET"
        self.send_response(200)
        self.send_header("Cache-Control", "max-age=60")
        self.send_header("Age", "100" if self.path.endswith("age") else "0")
        self.end_headers()
    do_PUT = do_POST = do_GET
    log_message = lambda *_: None

server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
clients = {
    "requests-cache": requests_cache.CachedSession(backend="memory", cache_control=True),
    "CacheControl": cachecontrol.CacheControl(requests.Session()),
    "hishel": hishel.httpx.CacheClient(rfc=hishel.CacheOptions(shared=False)),
}
for name, client in clients.items():
    seen = f"{name}:"
    for case in ["fresh", "age", "PUT", "POST"]:
        server.gets, url = 0, f"http://127.0.0.1:{server.server_port}/{name}/{case}"
        client.get(url)
        client.request(case if case.isupper() else "GET", url)
        client.get(url)
        seen += f" {case} {'asks' if server.gets > 1 else 'stored'}"
    print(seen)
PYTHON
(cd "$folder" && venv/bin/python run.py) >"$folder/seen"
diff - "$folder/seen" <<'SEEN'
requests-cache: fresh stored age stored PUT stored POST stored
CacheControl: fresh stored age stored PUT asks POST stored
hishel: fresh stored age stored PUT asks POST asks
SEEN
cat "$folder/seen"
