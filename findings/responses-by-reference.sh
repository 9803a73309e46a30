#!/usr/bin/env bash
# swagger-typescript-api 13.13.0: a client whose responses are written by `$ref` never reads a body.
#
# Guess: `$ref: "#/components/responses/User"` and the same response in place make the same client, as
#        OpenAPI says. 23 of 25 generators that were tried take both.
# Seen:  `data` of a good 200 is null. The request of the generated client lacks `format: "json"`, so it does
#        not read the body.
# Why it matters: the code compiles, and `response.data.name` fails at run time. Sharing responses by reference
# is what an author with ten statuses does. A published contract has them in place.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "type": "module" }' >package.json
npm install --silent --no-audit --no-fund --ignore-scripts swagger-typescript-api@13.13.0 typescript@5.9.3

cat >definition.mjs <<'JS'
import { writeFileSync } from "node:fs";
const user = {
  description: "The user",
  content: { "application/json": { schema: { type: "object", properties: { name: { type: "string" } } } } },
};
for (const [file, response] of [["place", user], ["reference", { $ref: "#/components/responses/User" }]])
  writeFileSync(`${file}.json`, JSON.stringify({
    openapi: "3.0.1",
    info: { title: "Users", version: "1.0.0" },
    paths: { "/user": { get: { operationId: "getUser", responses: { 200: response } } } },
    components: { responses: { User: user } },
  }));
JS
node definition.mjs

cat >run.mjs <<'JS'
import { createServer } from "node:http";
const server = createServer((_, response) => {
  response.setHeader("Content-Type", "application/json");
  response.end('{"name":"John Doe"}');
}).listen(0, "127.0.0.1", async () => {
  for (const file of ["place", "reference"]) {
    const { Api } = await import(`./${file}.js`);
    const { status, data } = await new Api({ baseUrl: `http://127.0.0.1:${server.address().port}` }).user.getUser();
    console.log(`${file}: ${status} ${JSON.stringify(data)}`);
  }
  server.close();
  server.closeAllConnections();
});
JS
for file in place reference; do
  npx swagger-typescript-api generate --path "$file.json" --output . --name "$file.ts" >log
  npx tsc --noCheck --target es2022 --module esnext "$file.ts" >>log
done
node run.mjs >seen
diff - seen <<'SEEN'
place: 200 {"name":"John Doe"}
reference: 200 null
SEEN
cat seen
