#!/usr/bin/env bash
# got 14.6.6, ky 1.14.3, axios 1.21.1 with axios-retry 4.5.0: a timeout shorter than `Retry-After`.
#
# Guess: a timeout bounds each attempt. So all three wait for the two seconds of `Retry-After`, and their
#        second request gets the 200.
# Seen:  only ky does, and then starts the timeout again. got and axios-retry never retry: the wait does not
#        fit into the timeout, so they throw the 503 at once.
# Why it matters: clients with a timeout of 1 s never retry an API that says `Retry-After: 2`, and nothing
# tells them. ky's calls last as long as the server wishes. See `shouldResetTimeout` and `maxRetryAfter`.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" got@14.6.6 ky@1.14.3 axios@1.21.1 axios-retry@4.5.0

cat >"$folder/run.mjs" <<'JAVASCRIPT'
import axios from "axios";
import axiosRetry from "axios-retry";
import got from "got";
import http from "node:http";
import ky from "ky";

const requests = {};
const server = http.createServer((request, response) => {
  requests[request.url] = (requests[request.url] ?? 0) + 1;
  if (requests[request.url] === 1) response.writeHead(503, { "retry-after": "2" });
  response.end("{}");
});
await new Promise((done) => server.listen(0, "127.0.0.1", done));
const url = `http://127.0.0.1:${server.address().port}`;
const [withDefaults, withReset] = [{}, { shouldResetTimeout: true }].map((options) => {
  const client = axios.create({ timeout: 1000 });
  axiosRetry(client, options);
  return client;
});
const clients = {
  ky: (url) => ky(url, { timeout: 1000 }),
  got: (url) => got(url, { timeout: { request: 1000 } }),
  "got with 10 s": (url) => got(url, { timeout: { request: 10000 } }),
  "axios-retry": (url) => withDefaults(url),
  "axios-retry with shouldResetTimeout": (url) => withReset(url),
};
for (const [name, call] of Object.entries(clients)) {
  const path = `/${encodeURIComponent(name)}`;
  const status = (response) => response.status ?? response.statusCode;
  const result = await call(url + path).then(status, (error) => `throws ${status(error.response)}`);
  console.log(`${name}: ${result}, requests: ${requests[path]}`);
}
process.exit();
JAVASCRIPT
node "$folder/run.mjs" >"$folder/seen"

diff - "$folder/seen" <<'SEEN'
ky: 200, requests: 2
got: throws 503, requests: 1
got with 10 s: 200, requests: 2
axios-retry: throws 503, requests: 1
axios-retry with shouldResetTimeout: 200, requests: 2
SEEN
cat "$folder/seen"
