// Asks Lambda's Runtime API for events, as the managed runtime does.

import { Agent, request } from "node:http";

import { handler } from "./index.mjs";

const INVOCATION = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation`;
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

for (;;) {
  const { headers, body } = await call("GET", "next");
  const id = headers["lambda-runtime-aws-request-id"];
  try {
    await call("POST", `${id}/response`, await handler(JSON.parse(body)));
  } catch (error) {
    await call("POST", `${id}/error`, { errorType: error.name, errorMessage: error.message });
  }
}

function call(method, path, value) {
  const sent = value && JSON.stringify(value);
  const headers = sent
    ? { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(sent) }
    : {};
  return new Promise((resolve, reject) => {
    const outgoing = request(`${INVOCATION}/${path}`, { agent, method, headers }, (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("end", () => resolve({ headers: response.headers, body: Buffer.concat(chunks) }));
      response.on("error", reject);
    });
    outgoing.on("error", reject);
    outgoing.end(sent);
  });
}
