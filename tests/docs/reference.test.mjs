// The reference page, as a visitor uses it.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, test } from "node:test";

import { ROOT, launch, open, startLocal, startPublished, violations } from "./browser.mjs";

const [DESKTOP, PHONE] = [1280, 360];
let browser, folder, local, published;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "docs-"));
  browser = await launch();
  local = await startLocal();
  published = await startPublished(folder);
});

afterEach(async () => {
  for (const context of browser.contexts()) await context.close();
});

after(async () => {
  await browser?.close();
  await published?.stop();
  await local?.stop();
  rmSync(folder, { recursive: true });
});

/** Opens the page with the request `GET` unfolded. */
async function openRequest(width = DESKTOP, { url } = local) {
  const page = await open(browser, `${url}/docs`, width);
  await page.getByRole("button", { name: /^GET/ }).click();
  return page;
}

/** Sends the request, and returns the status and the text of the response. */
async function execute(page, key, id, etag = "") {
  await page.getByLabel("Demo key").selectOption({ label: await label(page, key) });
  const row = (name) => page.locator(`tr[data-param-name="${name}"] input`);
  await row("id").fill(id);
  await row("If-None-Match").fill(etag);
  const clear = page.getByRole("button", { name: "Clear", exact: true });
  if (await clear.isVisible()) await clear.click();
  await page.getByRole("button", { name: "Execute" }).click();
  const response = page.locator(".live-responses-table .response");
  const status = await response.locator(".response-col_status").innerText();
  return { status: Number.parseInt(status, 10), text: await response.innerText() };
}

const label = (page, key) => page.locator("#key option", { hasText: new RegExp(`^${key}`) }).innerText();

test("a request shows the user and each error", async () => {
  const page = await openRequest();
  for (const [key, id, status, text] of [
    ["reads its account", "user_123456789", 200, "john.doe@company.com"],
    ["no key", "user_123456789", 401, "UNAUTHORIZED"],
    ["is expired", "user_123456789", 401, "UNAUTHORIZED"],
    ["is revoked", "user_123456789", 401, "UNAUTHORIZED"],
    ["reads its account", "user_300000003", 403, "FORBIDDEN"],
    ["reads its account", "user_000000000", 404, "NOT_FOUND"],
    ["reads its account", "user_400000004", 500, "INTERNAL_ERROR"],
  ]) {
    const response = await execute(page, key, id);
    assert.equal(response.status, status);
    assert.match(response.text, new RegExp(text));
  }
  assert.deepEqual(page.problems, []);
});

test("a request with an entity tag shows 304", async () => {
  const page = await openRequest();
  const user = await execute(page, "reads its account", "user_123456789");
  const [, etag] = user.text.match(/etag: (\S+)/i);
  assert.equal((await execute(page, "reads its account", "user_123456789", etag)).status, 304);
  assert.deepEqual(page.problems, []);
});

test("a request that fails on purpose shows the error", async () => {
  for (const [status, code] of [
    [429, "RATE_LIMITED"],
    [500, "INTERNAL_ERROR"],
    [503, "SERVICE_UNAVAILABLE"],
  ]) {
    const failing = await startLocal("--fail", `${status}`);
    const page = await openRequest(DESKTOP, failing);
    const response = await execute(page, "reads its account", "user_123456789");
    assert.equal(response.status, status);
    assert.match(response.text, new RegExp(code));
    assert.deepEqual(page.problems, []);
    await failing.stop();
  }
});

test("an ID that the contract does not allow is not sent", async () => {
  const page = await openRequest();
  const sent = [];
  page.on("request", (request) => sent.push(request.url()));
  for (const id of ["", "user 42", "user-1"]) {
    await page.locator('tr[data-param-name="id"] input').fill(id);
    await page.getByRole("button", { name: "Execute" }).click();
    await page.locator(".validation-errors").getByText("correct the following").waitFor();
    await page.waitForTimeout(300);
  }
  assert.deepEqual(sent, []);
  assert.equal((await execute(page, "reads its account", "user_123456789")).status, 200);
});

test("each key of the list is sent", async () => {
  const page = await openRequest();
  for (const option of await page.locator("#key option").all()) {
    const key = await option.getAttribute("value");
    const sent = page.waitForRequest("**/v1/**");
    await execute(page, await option.innerText(), "user_123456789");
    assert.equal((await sent).headers().authorization, key ? `Bearer ${key}` : undefined);
  }
  assert.deepEqual(page.problems, []);
});

test("a keyboard is enough", async () => {
  const page = await open(browser, local.url, DESKTOP);
  const tabTo = async (element) => {
    for (let steps = 0; steps < 40; steps += 1) {
      await page.keyboard.press("Tab");
      if (await element.evaluate((node) => node === document.activeElement)) {
        const outline = await element.evaluate((node) => getComputedStyle(node).outlineStyle);
        assert.notEqual(outline, "none", "the focus is invisible");
        return;
      }
    }
    assert.fail(`Tab does not reach ${element}`);
  };
  await tabTo(page.getByLabel("Demo key"));
  await page.keyboard.press("ArrowDown");
  await tabTo(page.getByRole("button", { name: /^GET/ }));
  await page.keyboard.press("Enter");
  await tabTo(page.locator('tr[data-param-name="id"] input'));
  await page.keyboard.press("Control+A");
  await page.keyboard.type("user_987654321");
  await tabTo(page.getByRole("button", { name: "Execute" }));
  await page.keyboard.press("Enter");
  await page.locator(".live-responses-table").getByText('"FORBIDDEN"').waitFor();
  assert.deepEqual(page.problems, []);
});

test("nothing is wider than a phone", async () => {
  const page = await openRequest(PHONE);
  await execute(page, "reads its account", "user_123456789");
  await unfoldAll(page);
  const wide = await page.evaluate((width) => {
    const isWide = (node) => node.getBoundingClientRect().right > width;
    return [...document.querySelectorAll("body *")].filter(isWide).map((node) => `${node.tagName} ${node.className}`);
  }, PHONE);
  assert.deepEqual(wide, []);
  assert.equal(await page.evaluate("document.documentElement.scrollWidth"), PHONE);
});

async function unfoldAll(page) {
  await page.getByRole("button", { name: /^HEAD/ }).click();
  for (const button of await page.locator("section.models .model-container button").all()) {
    if ((await button.getAttribute("aria-expanded")) === "false") await button.click();
  }
}

for (const width of [DESKTOP, PHONE]) {
  test(`axe-core finds no serious violation at ${width} pixels`, async () => {
    const page = await openRequest(width);
    await execute(page, "reads its account", "user_000000000");
    await unfoldAll(page);
    assert.deepEqual(await violations(page), []);
    await page.getByRole("button", { name: "Authorize", exact: true }).click();
    assert.deepEqual(await violations(page, ".dialog-ux"), []);
    assert.deepEqual(page.problems, []);
  });

  test(`the published page is the same without requests at ${width} pixels`, async () => {
    const page = await open(browser, published.url, width);
    await page.getByRole("button", { name: /^GET/ }).click();
    await page.locator('tr[data-param-name="id"]').waitFor();
    assert.equal(await page.getByRole("button", { name: "Execute" }).count(), 0);
    assert.doesNotMatch(await page.content(), /crd_test_[A-Z]/);
    assert.deepEqual(await violations(page), []);
    assert.deepEqual(page.problems, []);
  });
}

test("the published contract is the contract", () => {
  const contract = readFileSync(`${ROOT}contract/credira-users.openapi.yaml`);
  assert.deepEqual(readFileSync(join(folder, "openapi.yaml")), contract);
});
