#!/usr/bin/env bash
# got 14.6.6, undici 7.30.2, axios-cache-interceptor 1.12.3, make-fetch-happen 15.0.6: a client's cache and
# `Cache-Control: private, no-cache` with an ETag, on a request with `Authorization`.
#
# Guess: a client's own cache is a private one. It stores the response and sends its ETag as `If-None-Match`
#        with the next request (RFC 9111, 4.3.1): the second response of the server is a 304.
# Seen:  only make-fetch-happen does. got is a shared cache unless told otherwise. undici, even with
#        `type: "private"`, stores nothing with `Authorization` unless the response has `public` or
#        `must-revalidate`. axios-cache-interceptor takes `no-cache` as "do not store".
# Why it matters: an API with keys offers 304, and its clients switch a cache on, but each response is sent
# in full. Nothing fails. Count the 304s on the server, or keep the ETag yourself.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" got@14.6.6 undici@7.30.2 axios@1.21.1 \
  axios-cache-interceptor@1.12.3 make-fetch-happen@15.0.6
cat >"$folder/run.mjs" <<'JAVASCRIPT'
import axios from "axios";
import { setupCache } from "axios-cache-interceptor";
import got from "got";
import http from "node:http";
import fetchWithFolder from "make-fetch-happen";
import { Agent, fetch, interceptors } from "undici";

let statuses = [];
const server = http.createServer((request, response) => {
  const known = request.headers["if-none-match"] === '"v1"';
  statuses.push(known ? 304 : 200);
  response.writeHead(known ? 304 : 200, { etag: '"v1"', "cache-control": "private, no-cache" }).end(known ? "" : "{}");
});
await new Promise((done) => server.listen(0, "127.0.0.1", done));
const url = `http://127.0.0.1:${server.address().port}/`;
const headers = { authorization: "Bearer key" };
const caches = [new Map(), new Map()];
const dispatcher = new Agent().compose(interceptors.cache({ type: "private" }));
const cachedAxios = setupCache(axios.create());
const clients = {
  got: () => got(url, { headers, cache: caches[0] }),
  "got, shared: false": () => got(url, { headers, cache: caches[1], cacheOptions: { shared: false } }),
  'undici, type: "private"': async () => (await fetch(url, { headers, dispatcher })).text(),
  "axios-cache-interceptor": () => cachedAxios.get(url, { headers }),
  "make-fetch-happen": async () => (await fetchWithFolder(url, { headers, cachePath: process.argv[2] })).text(),
};
for (const [name, call] of Object.entries(clients)) {
  statuses = [];
  for (let i = 0; i < 3; i++) await call();
  console.log(`${name}: ${statuses.join(" ")}`);
}
process.exit();
JAVASCRIPT
node "$folder/run.mjs" "$folder/cache" >"$folder/seen"
diff - "$folder/seen" <<'SEEN'
got: 200 200 200
got, shared: false: 200 304 304
undici, type: "private": 200 200 200
axios-cache-interceptor: 200 200 200
make-fetch-happen: 200 304 304
SEEN
cat "$folder/seen"
