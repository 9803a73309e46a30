#!/usr/bin/env bash
# undici 7.30.2, the cache interceptor: only every second request gets a 304.
#
# Guess: a response with an ETag and `Cache-Control: no-cache` is stored, and each further request asks with
#        `If-None-Match`. The server sends 200 once, and then only 304.
# Seen:  200, 304, 200, 304, … The 304 is used for one response, and the stored one is gone afterwards.
# Why it matters: half of the requests are sent in full although nothing changed, and the hit rate of any
# test with two requests is perfect. A limit or a price that counts on 304 is off by a factor of two.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" undici@7.30.2

cat >"$folder/run.mjs" <<'JAVASCRIPT'
import http from "node:http";
import { Agent, fetch, interceptors } from "undici";

const statuses = [];
const server = http.createServer((request, response) => {
  const known = request.headers["if-none-match"] === '"v1"';
  statuses.push(known ? 304 : 200);
  response.writeHead(known ? 304 : 200, { etag: '"v1"', "cache-control": "no-cache" });
  response.end(known ? undefined : "{}");
});
await new Promise((done) => server.listen(0, "127.0.0.1", done));
const dispatcher = new Agent().compose(interceptors.cache());
const bodies = new Set();
for (let i = 0; i < 8; i++) {
  const response = await fetch(`http://127.0.0.1:${server.address().port}/`, { dispatcher });
  bodies.add(`${response.status} ${await response.text()}`);
}
console.log("the server sends", ...statuses);
console.log("the caller reads", ...bodies);
process.exit();
JAVASCRIPT
node "$folder/run.mjs" >"$folder/seen"

diff - "$folder/seen" <<'SEEN'
the server sends 200 304 200 304 200 304 200 304
the caller reads 200 {}
SEEN
cat "$folder/seen"
