// What the extension notices, whatever way a site plays its lectures; each is saved by a click
// in the popup and must arrive whole.
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Browser, until } from "./lib/extension.mjs";
import { Service, scratch } from "./lib/service.mjs";
import { Site } from "./lib/site/site.mjs";

let dir, site, service, browser;

before(async () => {
  dir = scratch("extension-capture");
  site = await new Site().start(dir);
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

/** Opens a lecture and presses play. */
async function play(lecture) {
  const page = await browser.openPage(site.add(lecture));
  await (lecture.player === "frame" ? page.frameLocator("iframe") : page).locator("#play").click();
  return page;
}

/** Clicks in the popup over a page, waits for the video, and tells what the library has. */
async function save(page, title) {
  const popup = await browser.popup(page);
  await popup.reaches("ready");
  assert.equal(await popup.locator("#title").inputValue(), title);
  await popup.locator("#action").click();
  await popup.reaches("complete", "error");
  assert.equal(await popup.state(), "complete", await popup.locator("main").innerText());
  await popup.leave();
  const { recordings } = await service.api("GET", "/api/recordings");
  const found = recordings.filter((r) => r.title === title);
  assert.equal(found.length, 1);
  return found[0];
}

const WAYS = {
  "hls.js, signed by query, master with three renditions": {},
  "the browser's own HLS": { player: "native" },
  "signed by cookies of the lecture's path": { auth: "cookie" },
  "the browser's own HLS, signed by cookies": { player: "native", auth: "cookie" },
  "a player that fetches": { player: "fetch" },
  "a worker made from a blob, cookies": { player: "worker", auth: "cookie" },
  "a player in a frame of another host": { player: "frame" },
  "playlists without extension": { bare: true },
  "an address that redirects to the playlist": { redirect: true },
  "a playlist that redirects to another one": { redirect: "named" },
  "playlists that neither name nor type tells": { bare: true, type: "text/plain", player: "fetch" },
  "a CDN that answers to the site's pages only": { referer: true },
  "one rendition, its playlist has a name of its own": { playlist: "stream_1/index.m3u8" },
  "fragmented MP4 with its sound apart": { folder: "fmp4", length: 12 },
  "not signed": { auth: "none" },
};

let number = 0;
for (const [name, lecture] of Object.entries(WAYS))
  test(name, async () => {
    const id = `way${++number}`;
    const title = `Lecture ${number}: ${name}`;
    const page = await play({ id, title, ...lecture });
    const recording = await save(page, title);
    const length = lecture.length ?? 24;
    assert.ok(Math.abs(recording.duration - length) < 0.5, `${recording.duration} s in place of ${length}`);
    await page.close();
  });

test("the best rendition is saved, whatever the player plays", async () => {
  const page = await play({ id: "best", title: "Best rendition", level: 0 });
  const popup = await browser.popup(page);
  await popup.reaches("ready");
  await until(async () => /360p/.test(await popup.locator("[data-meta]").innerText()), "its height");
  await popup.leave();
  await save(page, "Best rendition");
  const fetched = site.hits.filter((h) => h.path.startsWith("/best/stream_2/") && h.path.endsWith(".ts"));
  assert.equal(new Set(fetched.map((h) => h.path)).size, 12);
  await page.close();
});

test("a part of a lecture, checked against its length", async () => {
  const page = await play({ id: "part", title: "Only a part" });
  const popup = await browser.popup(page);
  await popup.reaches("ready");
  await until(async () => /0:24/.test(await popup.locator("[data-meta]").innerText()), "its length");
  await popup.locator("summary").click();
  await popup.locator("#to").fill("0:30");
  await popup.locator("#action").click();
  assert.match(await popup.locator("details .wrong").innerText(), /0:24/);
  assert.equal(await popup.state(), "ready");
  await popup.locator("#from").fill("0:04");
  await popup.locator("#to").fill("0:10");
  await popup.locator("#action").click();
  await popup.reaches("complete");
  await popup.leave();
  const { recordings } = await service.api("GET", "/api/recordings");
  const part = recordings.find((r) => r.title === "Only a part");
  assert.ok(Math.abs(part.duration - 6) < 0.6, `${part.duration}`);
  await page.close();
});

test("a title that was changed, and the lecture is known again", async () => {
  const page = await play({ id: "named", title: "Name of the page" });
  const popup = await browser.popup(page);
  await popup.reaches("ready");
  await popup.locator("#title").fill("A name of my own: C++ & <b>");
  await popup.locator("#action").click();
  await popup.reaches("complete");
  await popup.leave();
  const { recordings } = await service.api("GET", "/api/recordings");
  assert.ok(recordings.some((r) => r.title === "A name of my own: C++ & <b>"));
  await page.close();
});

test("a lecture that the library has already", async () => {
  const page = await play({ id: "again", title: "Only a part", playlist: "stream_2/index.m3u8" });
  const popup = await browser.popup(page);
  await popup.reaches("there");
  await popup.locator(".aside a").click();
  await popup.reaches("ready");
  await popup.leave();
  await page.close();
});

test("a lecture that was removed from the library is offered again", async () => {
  const page = await play({ id: "removed", title: "To be removed" });
  const { id } = await save(page, "To be removed");
  await service.api("DELETE", `/api/recordings/${encodeURIComponent(id)}`);
  await browser.kill();
  const popup = await browser.popup(page);
  await popup.reaches("ready");
  await popup.leave();
  await page.close();
});

test("one page for many lectures", async () => {
  for (const n of [1, 2]) site.add({ id: `app${n}`, title: `App lecture ${n}`, app: true });
  const page = await browser.openPage("https://www.scaler.com/app/home");
  const state = async (...states) => {
    const popup = await browser.popup(page);
    await popup.reaches(...states);
    const title = (await popup.locator("#title").count()) ? await popup.locator("#title").inputValue() : "";
    await popup.leave();
    return title;
  };
  await state("none", "play");
  await page.locator("#to-app1").click();
  await state("play");
  await page.locator("#play").click();
  assert.equal(await state("ready"), "App lecture 1");
  // Another part of the same page: the lecture stays.
  await page.locator("#notes").click();
  assert.equal(await state("ready"), "App lecture 1");
  await page.locator("#home").click();
  await state("none", "play");
  await page.locator("#to-app2").click();
  await state("play");
  await page.locator("#play").click();
  assert.equal(await state("ready"), "App lecture 2");
  const saved = await save(page, "App lecture 2");
  assert.ok(saved);
  assert.ok(site.hits.some((h) => h.path === "/app2/stream_2/data000011.ts"));
  // And back again: the first one is played anew.
  await page.locator("#to-app1").click();
  await page.locator("#play").click();
  assert.equal(await state("ready"), "App lecture 1");
  await page.close();
});

test("a site whose service worker makes the requests, in two tabs", async () => {
  const pages = [];
  for (const n of [1, 2]) {
    const page = await browser.openPage(site.add({ id: `sw${n}`, title: `Service worker ${n}`, path: `/sw/sw${n}` }));
    await page.waitForSelector("body[data-ready]");
    await page.locator("#play").click();
    pages.push(page);
  }
  await save(pages[0], "Service worker 1");
  await save(pages[1], "Service worker 2");
  for (const n of [1, 2]) assert.ok(site.hits.some((h) => h.path === `/sw${n}/stream_2/data000011.ts`), `sw${n}`);
  for (const page of pages) await page.close();
});

test("several lectures in several tabs", async () => {
  const pages = [];
  for (const n of [1, 2, 3]) pages.push(await play({ id: `tab${n}`, title: `Tab ${n}` }));
  for (const n of [2, 3, 1]) await save(pages[n - 1], `Tab ${n}`);
  for (const page of pages) await page.close();
});

/** As if the extension came when the page was there already. */
async function forgetAll() {
  await browser.own.evaluate(() => chrome.storage.session.clear());
  await browser.kill();
}

test("installed late: the page's own records name the playlist", async () => {
  const page = await play({ id: "late1", title: "Late, by records" });
  await until(() => site.hits.some((h) => h.path === "/late1/stream_2/data000001.ts"), "segments");
  await forgetAll();
  await save(page, "Late, by records");
  await page.close();
});

test("installed late: segments alone tell base and number", async () => {
  const page = await play({ id: "late2", title: "Late, by segments", playlist: "stream_1/index.m3u8", buffer: 2 });
  await until(() => site.hits.some((h) => h.path === "/late2/stream_1/data000001.ts"), "segments");
  await page.evaluate(() => {
    document.getElementById("video").pause();
    performance.clearResourceTimings();
    performance.setResourceTimingBufferSize(0);
  });
  await forgetAll();
  const popup = await browser.popup(page);
  await popup.reaches("play");
  await page.evaluate(() => document.getElementById("video").play());
  await popup.reaches("ready");
  await popup.leave();
  const recording = await save(page, "Late, by segments");
  assert.ok(Math.abs(recording.duration - 24) < 0.5, `${recording.duration}`);
  await page.close();
});

test("a live class is offered when it has ended", async () => {
  const live = { shown: 4, ended: false };
  const page = await play({ id: "live", title: "Tries, as they grow", live, playlist: "stream_1/index.m3u8" });
  const popup = await browser.popup(page);
  await popup.reaches("live");
  live.shown = 8;
  await popup.locator("#action").click();
  await popup.reaches("live");
  Object.assign(live, { shown: 12, ended: true });
  await popup.reaches("ready");
  await popup.leave();
  const recording = await save(page, "Tries, as they grow");
  assert.ok(Math.abs(recording.duration - 24) < 0.5, `${recording.duration}`);
  await page.close();
});

test("a page that was open until its signature ended", async () => {
  const lecture = { id: "stale", title: "Open for hours", player: "fetch", seconds: 6 };
  const page = await play(lecture);
  let popup = await browser.popup(page);
  await popup.reaches("stale");
  site.add({ ...lecture, seconds: 3600 });
  await popup.locator("#action").click();
  await popup.leave();
  await page.locator("#play").click();
  popup = await browser.popup(page);
  await popup.reaches("ready");
  await popup.leave();
  await page.close();
});

test("no lecture: the states before", async () => {
  const elsewhere = await browser.openPage("about:blank");
  let popup = await browser.popup(elsewhere);
  await popup.reaches("none");
  await popup.leave();
  const page = await browser.openPage(site.add({ id: "first", title: "Press play first" }));
  popup = await browser.popup(page);
  await popup.reaches("play");
  await popup.leave();
  await page.close();
});

test("the backend ends and comes back", async () => {
  const page = await play({ id: "off", title: "Backend away" });
  await service.stop();
  const popup = await browser.popup(page);
  await popup.reaches("offline");
  await service.start();
  await popup.reaches("ready");
  await popup.leave();
  await page.close();
});

test("nothing secret stays behind or is shown", async () => {
  const local = JSON.stringify(await browser.stored("local"));
  assert.doesNotMatch(local, /KTESTPAIR|eyJTdGF0ZW1lbnQi/);
  assert.doesNotMatch(service.log(), /KTESTPAIR|eyJTdGF0ZW1lbnQi/);
});
