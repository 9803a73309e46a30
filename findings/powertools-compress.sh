#!/usr/bin/env bash
# @aws-lambda-powertools/event-handler 2.35.0, `compress`: gzip for a client that refuses it.
#
# Guess: gzip goes to a client that accepts it. `gzip;q=0` and `*;q=0` refuse it (RFC 9110, 12.4.2 and 12.5.3), and
#        `identity;q=0.5` beside gzip does not. The response has `Vary: Accept-Encoding` (12.5.5), and the two forms
#        have not the same strong ETag (8.8.3.3).
# Seen:  it looks for the texts "gzip", "*" and "identity", and reads no weight: gzip where it is refused, and none
#        where it is preferred. There is no Vary, and the ETag stays.
# Why it matters: a cache in front stores the gzip form under the URL, and sends it to clients that cannot read it.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" @aws-lambda-powertools/event-handler@2.35.0

cat >"$folder/run.mjs" <<'JAVASCRIPT'
import { Router } from "@aws-lambda-powertools/event-handler/http";
import { compress } from "@aws-lambda-powertools/event-handler/http/middleware";

const app = new Router();
app.get("/", [compress()], () => new Response("x".repeat(2000), { headers: { ETag: '"v1"', "Cache-Control": "max-age=60" } }));
for (const accept of ["gzip", "identity", "gzip;q=0, br", "br, *;q=0", "gzip, identity;q=0.5"]) {
  const event = {
    ...{ version: "2.0", routeKey: "$default", rawPath: "/", rawQueryString: "", isBase64Encoded: false },
    headers: { "accept-encoding": accept },
    requestContext: { domainName: "api.example.com", http: { method: "GET", path: "/" } },
  };
  const { headers } = await app.resolve(event, { awsRequestId: "1" });
  const sent = ["content-encoding", "vary", "etag"].map((name) => `${name}: ${headers[name] ?? "none"}`);
  console.log(`${accept} gets`, sent.join(", "));
}
JAVASCRIPT
node "$folder/run.mjs" >"$folder/seen"

diff - "$folder/seen" <<'SEEN'
gzip gets content-encoding: gzip, vary: none, etag: "v1"
identity gets content-encoding: none, vary: none, etag: "v1"
gzip;q=0, br gets content-encoding: gzip, vary: none, etag: "v1"
br, *;q=0 gets content-encoding: gzip, vary: none, etag: "v1"
gzip, identity;q=0.5 gets content-encoding: none, vary: none, etag: "v1"
SEEN
cat "$folder/seen"
