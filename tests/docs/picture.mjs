// Draws the picture of the README: a request and its response on the reference page.

import { launch, open, startLocal } from "./browser.mjs";

const [path] = process.argv.slice(2);
const local = await startLocal();
const browser = await launch();
const page = await open(browser, `${local.url}/docs`, 1000);
await page.setViewportSize({ width: 1000, height: 1180 });
await page.getByRole("button", { name: /^GET/ }).click();
await page.getByRole("button", { name: "Execute" }).click();
await page.locator(".live-responses-table").waitFor();
await page.locator(".opblock-get").evaluate((request) => {
  document.documentElement.style.scrollPaddingTop = "64px";
  document.activeElement.blur();
  request.scrollIntoView();
});
// The viewer fades the response in.
await page.waitForTimeout(1000);
await page.screenshot({ path });
await browser.close();
await local.stop();
