// Search to the second, and the palette that goes anywhere.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { join } from "node:path";
import { accessible, dashboard, done, noDashboard, open } from "./lib/dashboard.mjs";
import { sampleLibrary } from "./lib/sample.mjs";
import { SCALER, scratch } from "./lib/service.mjs";

const options = { skip: noDashboard };
let at;

/** A second lecture, older, whose words are markup. */
function addMarkup(library) {
  const folder = join(library, "2026-01-05_Web pages");
  const text = 'binary <img src=x onerror="globalThis.hacked=1"> &amp; trees';
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "transcript.json"), JSON.stringify({ text, chunks: [{ start: 3, end: 9, text }] }));
  writeFileSync(join(folder, "metadata.json"), JSON.stringify({ title: "Web pages", date: "2026-01-05" }));
  execFileSync(SCALER, ["rescan", "--library", library], { stdio: "ignore" });
}

before(async () => {
  if (noDashboard) return;
  const library = await sampleLibrary(join(scratch("search"), "library"));
  addMarkup(library);
  at = await dashboard({ name: "search", library });
});
after(() => at?.close());

const fits = async (page) =>
  assert.ok((await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0, "wider than the screen");

test("what is typed is found in all lectures, each hit with its words, picture and second", options, async () => {
  const page = await open(at, "/search");
  await page.getByRole("searchbox").fill("binary");
  await page.getByRole("heading", { name: "Binary Search" }).waitFor();
  await page.getByRole("heading", { name: "Web pages" }).waitFor();
  const { results } = await at.service.api("GET", "/api/v1/search?q=binary&limit=40");
  await page.waitForFunction((n) => document.querySelectorAll("[data-hit]").length === n, results.length);
  const hit = page.locator("[data-hit]:has(img)").first();
  assert.match(await hit.locator("mark").first().innerText(), /binary/i);
  assert.match(await hit.locator(".hit-time").innerText(), /^\d+:\d\d$/);
  await page.waitForFunction(() => document.querySelector("[data-hit] img")?.naturalWidth > 0);
  // The address says what was asked: it can be shared, and Back returns to it.
  await page.waitForURL(/q=binary/);
  await done(page);
});

test("markup in a lecture is shown as the text it is", options, async () => {
  const page = await open(at, "/search?q=trees");
  await page.locator("[data-hit]", { hasText: 'onerror="globalThis.hacked=1"' }).waitFor();
  assert.equal(await page.evaluate(() => globalThis.hacked), undefined);
  assert.equal(await page.locator(".hit-text img").count(), 0);
  await done(page);
});

test("arrows go through the hits, Enter opens the lecture at that second", options, async () => {
  const page = await open(at, "/search?q=half");
  await page.locator("[data-hit]").first().waitFor();
  await page.getByRole("searchbox").focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  const second = page.locator("[data-hit]").nth(1);
  assert.ok(await second.evaluate((e) => e === document.activeElement));
  const address = await second.getAttribute("href");
  await page.keyboard.press("Enter");
  await page.waitForURL(`**${address}`);
  const t = Number(new URL(page.url()).searchParams.get("t"));
  assert.ok(t > 0, page.url());
  await page.waitForFunction((want) => Math.abs((document.querySelector("video")?.currentTime ?? -9) - want) < 0.3, t);
  await page.goBack();
  await page.locator("[data-hit]").first().waitFor();
  assert.equal(await page.getByRole("searchbox").inputValue(), "half");
  await done(page);
});

test("kind, lecture and date narrow it down, and can be dropped at once", options, async () => {
  const page = await open(at, "/search?q=binary");
  await page.locator("[data-hit]").first().waitFor();
  await page.getByRole("button", { name: "Slides", exact: true }).click();
  await page.waitForFunction(() => {
    const kinds = [...document.querySelectorAll(".hit-kind")].map((e) => e.textContent);
    return kinds.length > 0 && kinds.every((k) => k === "Slides");
  });
  await page.getByRole("button", { name: "Everything" }).click();
  await page.getByLabel("Lecture", { exact: true }).selectOption({ label: "Web pages" });
  await page.waitForFunction(() => document.querySelectorAll(".hits").length === 1);
  await page.getByRole("heading", { name: "Web pages" }).waitFor();
  await page.getByLabel("Date of the lecture").selectOption("week");
  await page.getByText("Nothing about “binary”").waitFor();
  await page.getByRole("button", { name: "Search everything" }).click();
  await page.getByRole("heading", { name: "Binary Search" }).waitFor();
  await done(page);
});

test("the palette opens anywhere: lectures, moments, pages, actions", options, async () => {
  const page = await open(at, "/queue", { colorScheme: "light" });
  await page.locator("h1").waitFor();
  await page.keyboard.press("/");
  const field = page.getByRole("combobox", { name: "Go to" });
  await field.fill("settings");
  await page.getByRole("option", { name: "Settings", exact: true }).waitFor();
  await page.keyboard.press("Enter");
  await page.waitForURL("**/settings");
  // Also from within a text field, and closed by Escape.
  await page.locator("h1").waitFor();
  await page.keyboard.press("Control+k");
  await field.fill("throws one half");
  const moment = page.getByRole("option").filter({ has: page.locator("mark") }).first();
  await moment.waitFor();
  await moment.click();
  await page.waitForURL(/\/lecture\/.*\?t=/);
  await page.goto(`${at.service.url}/search`);
  await page.getByRole("searchbox").focus();
  await page.keyboard.press("Control+k");
  await field.waitFor();
  await page.keyboard.press("Escape");
  await field.waitFor({ state: "detached" });
  await page.keyboard.press("Control+k");
  await field.fill("dark theme");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.documentElement.dataset.theme === "dark");
  await done(page);
});

test("accessible and not too wide, by day and by night, on a phone", options, async () => {
  for (const [width, colorScheme] of [
    [1280, "light"],
    [360, "dark"],
  ]) {
    const page = await open(at, "/search", { viewport: { width, height: 760 }, colorScheme });
    await page.getByText("How to find it").waitFor();
    await accessible(page);
    await fits(page);
    await page.getByRole("searchbox").fill("search");
    await page.locator("[data-hit]").first().waitFor();
    await accessible(page);
    await fits(page);
    await page.getByRole("searchbox").fill("zzzzqq");
    await page.getByText("Nothing about").waitFor();
    await accessible(page);
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox", { name: "Go to" }).fill("binary");
    await page.getByRole("option").filter({ has: page.locator("mark") }).first().waitFor();
    await accessible(page);
    await done(page);
  }
});
