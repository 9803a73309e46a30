// The client of openapi-typescript and openapi-fetch.
import assert from "node:assert/strict";
import { env } from "node:process";
import test from "node:test";

import createClient from "openapi-fetch";

import type { paths } from "./credira-users.ts";

const { API = "", STUB = "", KEY = "" } = env;

function get(id: string, { url = API, key = KEY, ifNoneMatch = undefined as string | undefined } = {}) {
  const client = createClient<paths>({ baseUrl: url, headers: { Authorization: `Bearer ${key}` } });
  return client.GET("/v1/users/{id}", { params: { path: { id }, header: { "If-None-Match": ifNoneMatch } } });
}

test("the client understands each response", async () => {
  const user = await get("user_123456789");
  assert.equal(user.response.status, 200);
  assert.equal(user.data?.data.email, "john.doe@company.com");

  const etag = user.response.headers.get("ETag");
  assert(etag);
  const unchanged = await get("user_123456789", { ifNoneMatch: etag });
  assert.equal(unchanged.response.status, 304);
  assert.equal(unchanged.data, undefined);

  const errors = [
    [await get("user_123456789", { key: "YOUR_API_KEY" }), 401, "UNAUTHORIZED"],
    [await get("user_300000003"), 403, "FORBIDDEN"],
    [await get("user_missing"), 404, "NOT_FOUND"],
  ] as const;
  for (const [{ error, response }, status, code] of errors) {
    assert.deepEqual([response.status, error?.error.code], [status, code]);
    assert.equal(error?.meta.request_id, response.headers.get("X-Request-Id"));
  }

  const extended = await get("user_new", { url: STUB });
  assert.equal(extended.data?.data.name, "John Doe");
  assert("new" in extended.data.data);
  assert.deepEqual(extended.data.data.metadata.new, { field: [1, null] });

  const suspended = await get("user_suspended", { url: STUB });
  assert.equal(suspended.error?.error.code, "ACCOUNT_SUSPENDED");
});
