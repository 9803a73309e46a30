// Chromium, a running `cargo local`, and the published page.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const require = createRequire(`${ROOT}target/docs-tools/`);
const { chromium } = require("playwright-core");
const AXE = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const TYPES = { css: "text/css", html: "text/html", js: "text/javascript", yaml: "application/yaml" };

export const launch = () =>
  chromium.launch({
    executablePath: process.env.CHROMIUM,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    ],
  });

/** Starts `cargo local`, and returns its URL and how to stop it. */
export async function startLocal(...options) {
  const ports = ["--port", "0", "--dynamodb-port", "0"];
  const stack = spawn("cargo", ["local", ...ports, ...options], { cwd: ROOT, stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(stack, "exit");
  let url;
  for await (const line of createInterface(stack.stdout)) {
    url = line.match(/^ready (\S+) dynamodb/)?.[1];
    if (url) break;
  }
  assert(url, "cargo local is not ready");
  stack.stdout.resume();
  const stop = () => {
    stack.kill("SIGINT");
    return exited;
  };
  return { url, stop };
}

/** Writes the page with `scripts/docs`, serves it, and returns its URL and how to stop. */
export async function startPublished(folder) {
  execFileSync("scripts/docs", [folder], { cwd: ROOT, stdio: "inherit" });
  const server = createServer((request, response) => {
    const path = request.url === "/" ? "/index.html" : request.url;
    response.setHeader("Content-Type", TYPES[path.split(".").pop()] ?? "text/plain");
    response.end(readFileSync(folder + path));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return { url: `http://127.0.0.1:${server.address().port}/`, stop: () => server.close() };
}

/** Opens a page. `page.problems` lists console errors, and requests to other servers. */
export async function open(browser, url, width) {
  const page = await browser.newPage({ viewport: { width, height: 900 } });
  page.setDefaultTimeout(120_000);
  page.problems = [];
  page.on("pageerror", (error) => page.problems.push(error.message));
  page.on("request", (request) => {
    const { origin, protocol } = new URL(request.url());
    if (protocol !== "data:" && origin !== new URL(url).origin) page.problems.push(request.url());
  });
  page.on("console", (message) => {
    // Chromium reports each response of 400 and above. The tests ask the API for them.
    const isResponse = new URL(message.location().url, url).pathname.startsWith("/v1/");
    if (message.type() === "error" && !isResponse) page.problems.push(message.text());
  });
  await page.goto(url);
  await page.locator(".opblock").nth(1).waitFor();
  return page;
}

/** The serious violations that axe-core finds in a part of the page. */
export async function violations(page, part = "html") {
  await page.evaluate(AXE);
  const run = (part) => axe.run(part, { resultTypes: ["violations"] });
  const { violations } = await page.evaluate(run, part);
  const serious = violations.filter(({ impact }) => ["serious", "critical"].includes(impact));
  return serious.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`);
}
