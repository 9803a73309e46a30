#!/usr/bin/env bash
# Flask 3.1.3 on Werkzeug 3.1.9, Fastify 5.12.8 with @fastify/etag 6.2.0: an error becomes a 304.
#
# Guess: a precondition is evaluated only if the response would be a 2xx without it (RFC 9110, 13.2.1). So
#        the second, equal 404 or 500 is still a 404 or 500, whatever its ETag. Express and Django do so.
# Seen:  `make_conditional` and the plugin make any response to a GET with a known ETag a 304. The
#        plugin makes an ETag for each body, the error's too.
# Why it matters: a client that polls with the ETag of an error reads "not modified" as long as the outage
# lasts. The errors are missing from the access log's statuses, and so from alarms.
set -euo pipefail

folder=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$folder"' EXIT
export PIP_DISABLE_PIP_VERSION_CHECK=1
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet flask==3.1.3 werkzeug==3.1.9
npm install --silent --no-audit --no-fund --prefix "$folder" fastify@5.12.8 @fastify/etag@6.2.0

cat >"$folder/app.py" <<'PYTHON'
import sys, flask

app = flask.Flask(__name__)

@app.get("/<int:status>")
def respond(status):
    response = flask.make_response({"status": status}, status)
    response.add_etag()
    return response.make_conditional(flask.request)

app.run("127.0.0.1", int(sys.argv[1]))
PYTHON
cat >"$folder/app.mjs" <<'JAVASCRIPT'
import etag from "@fastify/etag";
import fastify from "fastify";

const app = fastify().register(etag);
app.get("/:status", (request, reply) => reply.code(Number(request.params.status)).send({ status: request.params.status }));
await app.listen({ port: Number(process.argv[2]), host: "127.0.0.1" });
JAVASCRIPT
free_port() { python3 -c 'import socket; print(socket.create_server(("127.0.0.1", 0)).getsockname()[1])'; }
flask=$(free_port) fastify=$(free_port)
"$folder/venv/bin/python" "$folder/app.py" "$flask" >"$folder/log" 2>&1 &
node "$folder/app.mjs" "$fastify" &

for app in flask fastify; do
  curl --silent --retry 10 --retry-connrefused --retry-delay 1 --output /dev/null "http://127.0.0.1:${!app}/200"
  line=$app:
  for status in 200 404 500; do
    url=http://127.0.0.1:${!app}/$status
    etag=$(curl --silent --output /dev/null --write-out '%header{etag}' "$url")
    line+=" $status to $(curl --silent --output /dev/null --write-out '%{http_code}' --header "If-None-Match: $etag" "$url")"
  done
  echo "$line"
done >"$folder/seen"

diff - "$folder/seen" <<'SEEN'
flask: 200 to 304 404 to 304 500 to 304
fastify: 200 to 304 404 to 304 500 to 304
SEEN
cat "$folder/seen"
