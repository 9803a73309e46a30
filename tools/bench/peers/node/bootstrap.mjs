// GET /v1/users/{id}, with a loop that asks Lambda's Runtime API for events, as the managed runtime does.

import { Agent, request } from "node:http";

import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";

const INVOCATION = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime/invocation`;
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
const client = new DynamoDBClient();

for (;;) {
  const { headers, body } = await call("GET", "next");
  const response = JSON.stringify(await getUser(JSON.parse(body)));
  await call("POST", `${headers["lambda-runtime-aws-request-id"]}/response`, response);
}

async function getUser(event) {
  const { id } = event.pathParameters;
  const command = new GetItemCommand({ TableName: process.env.USERS_TABLE, Key: { id: { S: id } } });
  const data = unmarshall((await client.send(command)).Item);
  if (data.account_id !== event.requestContext.authorizer.account_id) throw new Error("another account");
  const request_id = `req_${event.requestContext.requestId}`;
  const timestamp = new Date().toISOString().replace(/\.\d+Z$/, "Z");
  return {
    statusCode: 200,
    headers: { "Content-Type": "application/json", "X-Request-Id": request_id },
    body: JSON.stringify({ success: true, data, meta: { timestamp, request_id } }),
  };
}

function call(method, path, body = "") {
  const headers = { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const outgoing = request(`${INVOCATION}/${path}`, { agent, method, headers }, async (response) => {
      const chunks = await response.toArray();
      resolve({ headers: response.headers, body: Buffer.concat(chunks) });
    });
    outgoing.on("error", reject).end(body);
  });
}
