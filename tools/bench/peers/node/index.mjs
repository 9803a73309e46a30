// GET /v1/users/{id}.

import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";

const FIELDS = [
  "id", "email", "name", "company", "role", "department", "phone", "account_id", "status",
  "created_time", "last_login", "permissions", "activity_stats", "metadata",
];
const USER_ID = /^user_[0-9A-Za-z]{1,64}$/;

const client = new DynamoDBClient();

export async function handler(event) {
  const caller = event.requestContext.authorizer;
  const { id } = event.pathParameters;
  if (!caller?.key_id || !caller.account_id) {
    return failure(event, 401, "UNAUTHORIZED", "Invalid or missing API key");
  }
  if (!USER_ID.test(id)) {
    return failure(event, 400, "INVALID_REQUEST", "Invalid user ID format");
  }

  const command = new GetItemCommand({ TableName: process.env.USERS_TABLE, Key: { id: { S: id } } });
  const { Item } = await client.send(command);
  if (!Item) {
    return failure(event, 404, "NOT_FOUND", "User not found");
  }
  const item = unmarshall(Item);
  if (item.account_id !== caller.account_id) {
    return failure(event, 403, "FORBIDDEN", "You don't have permission to access this user");
  }
  const data = Object.fromEntries(FIELDS.map((name) => [name, item[name] ?? null]));
  return respond(event, 200, { success: true, data });
}

function failure(event, status, code, message) {
  return respond(event, status, { success: false, error: { code, message } });
}

function respond(event, statusCode, result) {
  const request_id = `req_${event.requestContext.requestId}`;
  const timestamp = new Date().toISOString().replace(/\.\d+Z$/, "Z");
  return {
    statusCode,
    headers: { "Content-Type": "application/json", "X-Request-Id": request_id },
    body: JSON.stringify({ ...result, meta: { timestamp, request_id } }),
  };
}
