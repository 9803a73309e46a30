#!/usr/bin/env bash
# got 14.6.6, axios-cache-interceptor 1.12.3, undici 7.30.2: a cache and one's own writes.
#
# Guess: after a PUT, PATCH, DELETE or POST that succeeded, the next GET of the URL asks the server, although the
#        stored response is fresh: a cache must invalidate it (RFC 9111, 4.4).
# Seen:  undici does. got and axios-cache-interceptor return the old response.
# Why it matters: a client changes a user and reads the old one, for as long as `max-age` says. That header allows
# it for a change by others only. A test with `no-cache` does not show it.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" got@14.6.6 undici@7.30.2 axios@1.21.1 \
  axios-cache-interceptor@1.12.3

cat >"$folder/run.mjs" <<'JAVASCRIPT'
import axios from "axios";
import { setupCache } from "axios-cache-interceptor";
import got from "got";
import http from "node:http";
import { Agent, fetch, interceptors } from "undici";

// Responds with the number of writes.
const writes = {};
const server = http.createServer((request, response) => {
  writes[request.url] = (writes[request.url] ?? 0) + (request.method === "GET" ? 0 : 1);
  response.writeHead(200, { "cache-control": "max-age=60" }).end(String(writes[request.url]));
});
await new Promise((done) => server.listen(0, "127.0.0.1", done));
const [cache, cached, dispatcher] = [new Map(), setupCache(axios.create()), new Agent().compose(interceptors.cache())];
const clients = {
  got: async (url, method) => (await got(url, { method, cache })).body,
  "axios-cache-interceptor": async (url, method) => (await cached({ url, method })).data,
  undici: async (url, method) => (await fetch(url, { method, dispatcher })).text(),
};
for (const [name, call] of Object.entries(clients)) {
  const read = [];
  for (const method of ["PUT", "PATCH", "DELETE", "POST"]) {
    const url = `http://127.0.0.1:${server.address().port}/${name}/${method}`;
    await call(url, "GET");
    await call(url, method);
    read.push(`${method} ${Number(await call(url, "GET")) === 1 ? "new" : "old"}`);
  }
  console.log(`${name}: ${read.join(", ")}`);
}
process.exit();
JAVASCRIPT
node "$folder/run.mjs" >"$folder/seen"
diff - "$folder/seen" <<'SEEN'
got: PUT old, PATCH old, DELETE old, POST old
axios-cache-interceptor: PUT old, PATCH old, DELETE old, POST old
undici: PUT new, PATCH new, DELETE new, POST new
SEEN
cat "$folder/seen"
