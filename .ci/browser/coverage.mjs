// Opens a page of coverage as people do: it fetches nothing, can be read with the keyboard alone, and in light and dark.
//
//   node coverage.mjs PAGE.html [SCREENSHOT.png]
//
// CHROMIUM names the browser (default: /usr/bin/chromium).
import assert from "node:assert/strict";
import path from "node:path";
import { pathToFileURL } from "node:url";

import { chromium } from "playwright-core";

const [file, screenshot] = process.argv.slice(2);
const url = pathToFileURL(path.resolve(file)).href;
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

// What WCAG calls contrast: from 1 to 21.
const contrast = () => {
  const luminance = (colour) => {
    const channels = colour.match(/[\d.]+/g).slice(0, 3).map((channel) => channel / 255);
    const [r, g, b] = channels.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const back = (element) => {
    const own = getComputedStyle(element).backgroundColor;
    return own !== "rgba(0, 0, 0, 0)" || !element.parentElement ? own : back(element.parentElement);
  };
  const elements = document.querySelectorAll("h1, th, td, a:not(.skip), code span, .legend span, #told, button");
  return Math.min(...Array.from(elements, (element) => {
    const pair = [getComputedStyle(element).color, back(element)].map(luminance).sort((a, b) => a - b);
    return (pair[1] + 0.05) / (pair[0] + 0.05);
  }));
};

try {
  const backgrounds = new Set();
  for (const colorScheme of ["light", "dark"]) {
    const page = await browser.newPage({ colorScheme, viewport: { width: 1000, height: 640 } });
    const trouble = [];
    page.on("console", (message) => trouble.push(message.text()));
    page.on("pageerror", (error) => trouble.push(String(error)));
    page.on("dialog", (dialog) => trouble.push(`dialog: ${dialog.message()}`));
    page.on("request", (request) => request.url() === url || trouble.push(`request: ${request.url()}`));
    await page.goto(url);

    const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const focused = () => page.evaluate(() => document.activeElement.title);
    const told = () => page.locator("#told").innerText();

    assert.equal(await page.locator("script").count(), 1, "one script, ours");
    const broken = await page.$$eval("a[href]", (links) =>
      links.map((link) => link.getAttribute("href")).filter((href) => !document.getElementById(href.slice(1))));
    assert.deepEqual(broken, [], "every link leads somewhere");

    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.className), "skip", "the first stop skips the contents");

    const gaps = await page.locator(".source [tabindex]").count();
    assert.ok(gaps > 3, "there are gaps to go to");
    const titles = [];
    for (let gap = 0; gap < gaps; gap += 1) {
      await page.keyboard.press("j");
      titles.push(await focused());
      assert.equal(await told(), titles.at(-1).replace(/\s+/g, " ").trim(), "the panel tells what has the focus");
      assert.match(titles.at(-1), /^row \d+: .*(never|not)/);
    }
    await page.keyboard.press("j");
    assert.equal(await focused(), titles[0], "after the last gap comes the first");
    await page.keyboard.press("k");
    assert.equal(await focused(), titles.at(-1), "and before the first the last");

    const seen = page.locator(".source .both").first();
    await seen.hover();
    assert.equal(await told(), await seen.getAttribute("title"), "the panel tells what is pointed at");

    await page.keyboard.press("j");
    await page.waitForTimeout(200);
    assert.equal(await told(), await focused(), "a mouse that rests does not keep the panel");

    assert.ok((await page.evaluate(contrast)) >= 4.5, `texts can be read in ${colorScheme}`);
    const before = await background();
    backgrounds.add(before);
    await page.keyboard.press("t");
    assert.notEqual(await background(), before, "a key changes between light and dark");
    assert.ok((await page.evaluate(contrast)) >= 4.5, `texts can be read after a change from ${colorScheme}`);
    await page.locator("#theme").focus();
    await page.keyboard.press("Enter");
    assert.equal(await background(), before, "and so does the button");

    if (screenshot && colorScheme === "light") {
      await page.mouse.move(1, 1);
      await page.keyboard.press("j");
      await page.screenshot({ path: screenshot });
    }
    assert.deepEqual(trouble, [], "nothing is fetched, and nothing goes wrong");
    await page.close();
  }
  assert.equal(backgrounds.size, 2, "light and dark differ");

  const page = await browser.newPage({ javaScriptEnabled: false });
  await page.goto(url);
  assert.ok((await page.locator(".source tr").count()) > 3, "the page can be read without its script");
} finally {
  await browser.close();
}
console.log(`${file}: read in light and dark, with the keyboard, and without the script`);
