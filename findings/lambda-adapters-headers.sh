#!/usr/bin/env bash
# serverless-http 4.0.0 and @codegenie/serverless-express 4.17.1: a request's header that comes twice.
#
# Guess: an adapter passes on what `multiValueHeaders` has: the values joined by commas (RFC 9110, 5.3), but those
#        of Cookie by semicolons (RFC 9113, 8.2.3). @fastify/aws-lambda 6.4.1 and hono 4.13.19 do so.
# Seen:  serverless-http passes only the last value, although it passes all values of a query. serverless-express
#        joins cookies by commas too, so `a` is "1,b=2", and `b` is gone.
# Why it matters: HTTP/2 lets a browser send each cookie in a header of its own, and a load balancer's event can have
# them so. A second If-None-Match, Accept or X-Forwarded-For is lost in Lambda only: node:http gives the app all of them.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --silent --no-audit --no-fund --prefix "$folder" serverless-http@4.0.0 express@5.2.1 \
  @codegenie/serverless-express@4.17.1 fastify@5.12.8 @fastify/aws-lambda@6.4.1 hono@4.13.19

cat >"$folder/run.mjs" <<'JAVASCRIPT'
import serverlessExpress from "@codegenie/serverless-express";
import awsLambdaFastify from "@fastify/aws-lambda";
import express from "express";
import fastify from "fastify";
import { Hono } from "hono";
import { handle } from "hono/aws-lambda";
import serverlessHttp from "serverless-http";

const multiValueHeaders = { "X-Tag": ["x", "y"], Cookie: ["a=1", "b=2"], Host: ["api.example.com"] };
const event = {
  ...{ resource: "/", path: "/", httpMethod: "GET", body: null, isBase64Encoded: false, multiValueHeaders },
  headers: Object.fromEntries(Object.entries(multiValueHeaders).map(([name, values]) => [name, values.at(-1)])),
  queryStringParameters: { tag: "y" },
  multiValueQueryStringParameters: { tag: ["x", "y"] },
  requestContext: { httpMethod: "GET", path: "/", domainName: "api.example.com", identity: { sourceIp: "192.0.2.1" } },
};
const show = (url, headers) => `${url.slice(url.indexOf("?"))}, X-Tag: ${headers["x-tag"]}, Cookie: ${headers.cookie}`;
const app = express().get("/", (request, response) => response.send(show(request.url, request.headers)));
const adapters = {
  "serverless-http": serverlessHttp(app),
  "serverless-express": serverlessExpress({ app }),
  fastify: awsLambdaFastify(fastify().get("/", ({ url, headers }, reply) => reply.send(show(url, headers)))),
  hono: handle(new Hono().get("/", (context) => context.text(show(context.req.url, context.req.header())))),
};
for (const [name, adapter] of Object.entries(adapters)) console.log(name, (await adapter(event, {})).body);
process.exit();
JAVASCRIPT
node "$folder/run.mjs" >"$folder/seen"

diff - "$folder/seen" <<'SEEN'
serverless-http ?tag=x&tag=y, X-Tag: y, Cookie: b=2
serverless-express ?tag=x&tag=y, X-Tag: x,y, Cookie: a=1,b=2
fastify ?tag=x&tag=y, X-Tag: x, y, Cookie: a=1; b=2
hono ?tag=x&tag=y, X-Tag: x, y, Cookie: a=1; b=2
SEEN
cat "$folder/seen"
