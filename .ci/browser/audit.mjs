// Opens a review as people do: it fetches nothing, can be filtered and read with the keyboard alone, in light and dark.
//
//   node audit.mjs PAGE.html
//
// CHROMIUM names the browser (default: /usr/bin/chromium).
import assert from "node:assert/strict";
import path from "node:path";
import { pathToFileURL } from "node:url";

import { chromium } from "playwright-core";

const [file] = process.argv.slice(2);
const url = pathToFileURL(path.resolve(file)).href;
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

try {
  const backgrounds = new Set();
  for (const colorScheme of ["light", "dark"]) {
    const page = await browser.newPage({ colorScheme, viewport: { width: 1200, height: 800 } });
    const trouble = [];
    page.on("console", (message) => trouble.push(message.text()));
    page.on("pageerror", (error) => trouble.push(String(error)));
    page.on("request", (request) => request.url() === url || trouble.push(`request: ${request.url()}`));
    await page.goto(url);
    const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const visible = () => page.locator(".filtered tbody tr:visible").count();

    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.className), "skip", "the first stop skips the head");
    const all = await visible();
    assert.ok(all > 3, "there are rows");
    await page.keyboard.press("/");
    await page.keyboard.type("ledger notify");
    const some = await visible();
    assert.ok(some > 0 && some < all, "a filter leaves some rows");
    await page.keyboard.press("Escape");
    assert.equal(await visible(), all, "and lets go of it");
    const before = await background();
    backgrounds.add(before);
    await page.keyboard.press("t");
    assert.notEqual(await background(), before, "a key changes between light and dark");
    assert.deepEqual(trouble, [], "nothing is fetched, and nothing goes wrong");
    await page.close();
  }
  assert.equal(backgrounds.size, 2, "light and dark differ");
  const page = await browser.newPage({ javaScriptEnabled: false });
  await page.goto(url);
  assert.ok((await page.locator(".filtered tr").count()) > 3, "the page can be read without its script");
} finally {
  await browser.close();
}
console.log(`${file}: read in light and dark, with the keyboard, and without the script`);
