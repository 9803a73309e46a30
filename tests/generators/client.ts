import createClient from "openapi-fetch";

import { createClient as createHeyApiClient } from "./hey-api/client";
import { getUser } from "./hey-api/sdk.gen";
import type { paths } from "./openapi-typescript";
import { Api, type ErrorEnvelope, type HttpResponse, type UserEnvelope } from "./swagger-typescript-api";

type Result = [how: string, response: Response, data?: UserEnvelope, error?: ErrorEnvelope | void];

const [name, baseUrl, id, key, etag] = process.argv.slice(2);
const authorization = { Authorization: `Bearer ${key}` };
const condition: Record<string, string> = etag ? { "If-None-Match": etag } : {};

const clients: Record<string, () => Promise<Result>> = {
  async "openapi-typescript"() {
    const client = createClient<paths>({ baseUrl, headers: authorization });
    const result = await client.GET("/v1/users/{id}", { params: { path: { id }, header: condition } });
    return ["ok", result.response, result.data, result.error];
  },
  async "hey-api"() {
    const client = createHeyApiClient({ baseUrl, auth: () => key });
    const result = await getUser({ client, path: { id }, headers: condition });
    return ["ok", result.response!, result.data, result.error as ErrorEnvelope];
  },
  async "swagger-typescript-api"() {
    const api = new Api({ baseUrl, securityWorker: () => ({ headers: authorization }) });
    try {
      const response = await api.v1.getUser(id, { headers: condition });
      return ["ok", response, response.data];
    } catch (error) {
      const response = error as HttpResponse<unknown, ErrorEnvelope>;
      return ["raised", response, undefined, response.error];
    }
  },
};

const [how, response, data, error] = await clients[name]();
const value = data?.data?.name ?? error?.error?.code;
console.log([how, response.status, value, response.headers.get("Retry-After")].join("\t"));
