// A second site that has nothing in common with the first: what is noticed must not depend on
// how one site is built. Each lecture is saved by a click in the popup and must arrive whole.
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Academy } from "./lib/academy/academy.mjs";
import { Browser, until } from "./lib/extension.mjs";
import { Service, scratch } from "./lib/service.mjs";

let dir, site, service, browser;

before(async () => {
  dir = scratch("extension-academy");
  site = await new Academy().start(dir);
  service = await new Service({ library: join(dir, "output"), env: site.env }).start();
  browser = await new Browser().start({ dir, args: site.args });
  await browser.set({ backend: service.url, process: false });
});

after(async () => {
  await browser?.close();
  site?.close();
  await service?.stop();
  rmSync(dir, { recursive: true, force: true });
});

async function play(lecture) {
  const page = await browser.openPage(site.add(lecture), { waitUntil: lecture.endless ? "commit" : "load" });
  await page.locator("#go").click();
  return page;
}

/** Saves what a page shows and tells what the library has; `choose` does something before the click. */
async function save(page, title, seconds, choose) {
  const popup = await browser.popup(page);
  await popup.reaches("ready");
  await until(async () => (await popup.locator("#title").inputValue()) === title, `the title ${title}`);
  await choose?.(popup);
  await popup.locator("#action").click();
  await popup.reaches("complete", "error", "signature");
  assert.equal(await popup.state(), "complete", await popup.locator("main").innerText());
  await popup.leave();
  const { recordings } = await service.api("GET", "/api/recordings");
  const found = recordings.filter((r) => r.title === title);
  assert.equal(found.length, 1);
  assert.ok(Math.abs(found[0].duration - seconds) < 0.5, `${found[0].duration} s in place of ${seconds}`);
  return found[0];
}

/** What the popup offers for a page: its title, or the state that it is in. */
async function offered(page, ...states) {
  const popup = await browser.popup(page);
  await popup.reaches(...states);
  const title = (await popup.locator("#title").count()) ? await popup.locator("#title").inputValue() : "";
  await popup.leave();
  return title;
}

const WAYS = {
  "playlists by query and type alone, only they are signed": {},
  "sound apart, nothing has an extension": { folder: "fmp4", seconds: 12 },
  "every address is signed for itself": { signed: "each" },
  "cookies for all hosts": { signed: "cookie" },
  "a name in a heading alone": { heading: true },
  "a title that comes when the popup is open": { late: 6000 },
  "one rendition, named by the query": { single: 1 },
  "refused at first, then signed anew": { refuse: 2 },
  "a page that never ends to load": { endless: true },
  "a playlist that only a POST gives, chunks are numbered": { method: "POST", numbered: true, signed: "segments", single: 2 },
  "a playlist that asks for a header of the page's, chunks are numbered": { token: true, numbered: true, signed: "segments", single: 2 },
};

let number = 0;
for (const [name, { seconds = 24, ...lecture }] of Object.entries(WAYS))
  test(name, async () => {
    const id = `way-${++number}`;
    const page = await play({ id, title: `Week ${number}: ${name}`, ...lecture });
    await save(page, `Week ${number}: ${name}`, seconds);
    if (Object.keys(lecture).length === 0) assert.deepEqual([...site.fetched(id)], ["2"], "the best rendition");
    await page.close();
  });

test("a shared worker plays", async () => {
  const page = await play({ id: "shared", title: "Shared worker", page: "shared", signed: "cookie" });
  await page.waitForSelector("body[data-done]");
  await save(page, "Shared worker", 24);
  await page.close();
});

test("renditions in turns, told apart by their query", async () => {
  const page = await play({ id: "turns", title: "In turns", page: "turns", single: 0, signed: "no" });
  await until(() => site.hits.filter((h) => h.path === "/playlist").length >= 3);
  await save(page, "In turns", 24);
  assert.deepEqual([...site.fetched("turns")], ["2"]);
  await page.close();
});

test("an advertisement before the lecture, and another one beside it", async () => {
  site.add({ id: "advert", title: "Buy", first: 4 });
  const page = await play({ id: "after-ad", title: "After the advertisement", page: "advert", advert: "advert" });
  await page.waitForSelector("body[data-lecture]");
  await until(() => site.hits.some((h) => h.path.startsWith("/s/after-ad/")), "the lecture");
  await page.locator("#ad").click();
  await until(() => site.hits.filter((h) => h.path.startsWith("/s/advert/")).length > 3, "the advertisement");
  await save(page, "After the advertisement", 24);
  await page.close();
});

test("two players on one page", async () => {
  site.add({ id: "two-b", title: "-", folder: "long", single: 1 });
  const page = await play({ id: "two-a", title: "Two players", page: "two", other: "two-b" });
  await until(() => site.hits.some((h) => h.path.startsWith("/s/two-b/")), "the second");
  await save(page, "Two players", 24, async (popup) => {
    await until(async () => (await popup.locator("#which").count()) === 1, "a choice");
    await popup.locator("summary").click();
    const values = await popup.locator("#which option").evaluateAll((all) => all.map((o) => [o.value, o.textContent]));
    await popup.locator("#which").selectOption(values.find(([, text]) => text.startsWith("0:24"))[0]);
  });
  await page.close();
});

test("lectures behind a #, longer and shorter, and back", async () => {
  site.add({ id: "h1", title: "Hash one", app: true, folder: "long", single: 1 });
  site.add({ id: "h2", title: "Hash two", app: true });
  site.add({ id: "h3", title: "Hash three", app: true, folder: "fmp4" });
  const page = await browser.openPage("https://learn.scaler.com/app#/lesson/h1");
  await page.locator("#go").click();
  assert.equal(await offered(page, "ready"), "Hash one");
  await page.locator("#to-h2").click();
  await offered(page, "play");
  await page.locator("#go").click();
  await save(page, "Hash two", 24);
  await page.locator("#to-h3").click();
  await page.locator("#go").click();
  await save(page, "Hash three", 12);
  await page.goBack();
  await page.locator("#go").click();
  const popup = await browser.popup(page);
  await popup.reaches("complete");
  assert.equal(await popup.locator("h1").innerText(), "Hash two");
  await popup.leave();
  const job = (await browser.stored()).jobs.find((j) => j.title === "Hash two");
  assert.equal(job.page, "https://learn.scaler.com/app#/lesson/h2");
  await page.close();
});

test("pages one after another in one tab: forth, back, and read again", async () => {
  const second = site.add({ id: "nav2", title: "Second page", folder: "fmp4", kept: true });
  const page = await play({ id: "nav1", title: "First page", kept: true });
  assert.equal(await offered(page, "ready"), "First page");
  await page.goto(second);
  await offered(page, "play");
  await page.locator("#go").click();
  await save(page, "Second page", 12);
  await page.goBack();
  assert.equal(page.url(), "https://learn.scaler.com/courses/dsa/nav1");
  await offered(page, "ready", "play");
  await page.reload();
  await offered(page, "play");
  await page.locator("#go").click();
  await save(page, "First page", 24);
  await page.close();
});

test("installed late, signed by cookies, numbered chunks and nothing else", async () => {
  const page = await play({ id: "late", title: "Late", signed: "cookie", numbered: true, single: 2 });
  await until(() => site.hits.some((h) => h.path === "/c/late/stream_2/data000001.ts"), "segments");
  await page.evaluate(() => {
    document.querySelector("video").pause();
    performance.clearResourceTimings();
    performance.setResourceTimingBufferSize(0);
  });
  await browser.own.evaluate(() => chrome.storage.session.clear());
  await browser.kill();
  await offered(page, "play", "ready");
  await page.evaluate(() => document.querySelector("video").play());
  await save(page, "Late", 24);
  await page.close();
});

test("installed late, a playlist that only the page's records name", async () => {
  const page = await play({ id: "late2", title: "Late, by query" });
  await until(() => site.hits.some((h) => h.path === "/s/late2/2/0001"), "segments");
  await browser.own.evaluate(() => chrome.storage.session.clear());
  await browser.kill();
  await save(page, "Late, by query", 24);
  await page.close();
});
