#!/usr/bin/env bash
# @aws-lambda-powertools/event-handler 2.35.0: a cookie with `Expires` becomes two broken ones.
#
# Guess: each Set-Cookie of a response arrives as one. Its date has a comma, so this header alone must not be
#        split or joined at commas (RFC 9110, 5.3).
# Seen:  for a REST API and for an HTTP API each cookie is split at its comma.
# Why it matters: the browser gets `Expires=Wed` without Path and Secure, and the rest as a second
# cookie. So a login ends with the browser, and a logout with a date in the past logs nobody out. `Max-Age` in
# place of `Expires` works.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" @aws-lambda-powertools/event-handler@2.35.0

cat >"$folder/run.mjs" <<'JAVASCRIPT'
import { Router } from "@aws-lambda-powertools/event-handler/http";

const app = new Router();
for (const [path, age] of Object.entries({ "/max-age": "Max-Age=60", "/expires": "Expires=Wed, 21 Oct 2037 07:28:00 GMT" }))
  app.get(path, () => new Response("{}", { headers: { "Set-Cookie": `session=1; ${age}; Path=/; Secure` } }));

const common = { headers: {}, isBase64Encoded: false };
const nulls = ["body", "queryStringParameters", "multiValueQueryStringParameters", "pathParameters", "stageVariables"];
const rest = { ...common, ...Object.fromEntries(nulls.map((name) => [name, null])), httpMethod: "GET" };
const http = { ...common, version: "2.0", routeKey: "$default", rawQueryString: "" };
const requestContext = { domainName: "api.example.com", http: { method: "GET" } };
const events = {
  REST: (path) => ({ ...rest, resource: path, path, requestContext }),
  HTTP: (path) => ({ ...http, rawPath: path, requestContext }),
};
for (const [kind, event] of Object.entries(events)) {
  for (const path of ["/max-age", "/expires"]) {
    const { headers, multiValueHeaders, cookies } = await app.resolve(event(path), { awsRequestId: "1" });
    const seen = cookies ?? multiValueHeaders?.["set-cookie"] ?? [headers["set-cookie"]];
    console.log(kind, path, seen.map((cookie) => `[${cookie}]`).join(" "));
  }
}
JAVASCRIPT
node "$folder/run.mjs" >"$folder/seen" 2>"$folder/log"

diff - "$folder/seen" <<'SEEN'
REST /max-age [session=1; Max-Age=60; Path=/; Secure]
REST /expires [session=1; Expires=Wed] [21 Oct 2037 07:28:00 GMT; Path=/; Secure]
HTTP /max-age [session=1; Max-Age=60; Path=/; Secure]
HTTP /expires [session=1; Expires=Wed] [21 Oct 2037 07:28:00 GMT; Path=/; Secure]
SEEN
cat "$folder/seen"
