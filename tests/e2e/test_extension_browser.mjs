// What the browser's own windows show and do: the badge, keyboard commands, the question for a
// permission. Keys are pressed on a screen of its own; without one only the badge is tested.
import assert from "node:assert/strict";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Display, noDisplay } from "./lib/display.mjs";
import { Browser, until } from "./lib/extension.mjs";
import { Service, scratch } from "./lib/service.mjs";
import { Site } from "./lib/site/site.mjs";

let dir, site, service, display, browser;

before(async () => {
  dir = scratch("extension-browser");
  site = await new Site().start(dir);
  service = await new Service({ library: join(dir, "output"), env: site.env }).start();
  if (!noDisplay) display = await new Display().start();
  browser = await new Browser().start({ dir, args: site.args, display });
  await browser.set({ backend: service.url, process: false });
});

after(async () => {
  await browser?.close();
  display?.close();
  site?.close();
  await service?.stop();
  rmSync(dir, { recursive: true, force: true });
});

async function play(lecture) {
  const page = await browser.openPage(site.add({ player: "fetch", playlist: "stream_1/index.m3u8", ...lecture }));
  await page.locator("#play").click();
  return page;
}

const recordings = async (title) =>
  (await service.api("GET", "/api/recordings")).recordings.filter((r) => r.title === title);

/** Waits for a badge over a page; its tooltip names the lecture. */
async function badged(page, wanted, title) {
  await page.bringToFront();
  await until(async () => {
    const text = await browser.badge(page);
    if (wanted instanceof RegExp ? wanted.test(text) : wanted === text) return true;
    throw new Error(`the badge says "${text}", not ${wanted}`);
  }, "the badge");
  const tabId = await browser.tabOf(page);
  const tip = await browser.own.evaluate((id) => chrome.action.getTitle({ tabId: id }), tabId);
  if (title) assert.ok(tip.endsWith(`: ${title}`), tip);
}

async function click(page) {
  const popup = await browser.popup(page);
  await popup.reaches("ready");
  await popup.locator("#action").click();
  await popup.reaches("pending", "downloading", "signature", "error", "complete");
  await popup.leave();
}

test("the badge: nothing, ready, percent on the way, complete; nothing again on another page", async () => {
  const title = "On the badge";
  const page = await browser.openPage(site.add({ id: "badge", title, player: "fetch", folder: "long", playlist: "stream_1/index.m3u8" }));
  await badged(page, "");
  await page.locator("#play").click();
  await badged(page, "1", title);
  // Half of it arrives, the rest is held back: 30 of 60 segments are some 50 %.
  let release;
  const released = new Promise((done) => {
    release = done;
  });
  site.hold = (path) => (Number(/data(\d+)\.ts$/.exec(path)?.[1]) >= 30 ? released : null);
  await click(page);
  await badged(page, /^(4[5-9]|5[0-5])%$/, title);
  site.hold = null;
  release();
  await badged(page, "✓", title);
  // Another page in the same tab has none, and back again it is there.
  const address = page.url();
  await page.goto("https://www.scaler.com/");
  await badged(page, "");
  await page.goto(address);
  await page.locator("#play").click();
  await badged(page, "✓", title);
  await page.close();
});

test("the badge: a live class, then what it became", async () => {
  const live = { shown: 4, ended: false };
  const page = await play({ id: "badge-live", title: "Live on the badge", live });
  await badged(page, "live", "Live on the badge");
  Object.assign(live, { shown: 12, ended: true });
  const popup = await browser.popup(page);
  await popup.reaches("ready");
  await popup.leave();
  // It is looked at again with the next event of the tab: here, when it comes to the front.
  await browser.own.bringToFront();
  await badged(page, "1", "Live on the badge");
  await page.close();
});

test("the badge: an error, and a signature that is waited for", async () => {
  const folder = join(dir, "broken");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "index.m3u8"), "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\ndata000000.ts\n#EXT-X-ENDLIST\n");
  const broken = await play({ id: "badge-broken", title: "Not there", folder, playlist: "index.m3u8" });
  await badged(broken, "1");
  await click(broken);
  await badged(broken, "!", "Not there");
  await broken.close();
  const page = await play({ id: "badge-signed", title: "Signature on the badge" });
  await badged(page, "1");
  site.signer.revoke();
  await click(page);
  await badged(page, "II", "Signature on the badge");
  await page.close();
});

test("keys: the popup opens, and a lecture is saved without it", { skip: noDisplay }, async () => {
  const page = await play({ id: "keys", title: "Saved by a key" });
  await badged(page, "1");
  // By Alt+Shift+S.
  const popup = await browser.popup(page);
  await popup.reaches("ready");
  await popup.leave();
  await until(async () => (await browser.popups()) === 0, "the end of the popup");
  const begun = async () => (await browser.stored()).jobs?.some((j) => j.title === "Saved by a key");
  await browser.press(page, "alt+shift+d", begun);
  await badged(page, "✓", "Saved by a key");
  assert.equal((await recordings("Saved by a key")).length, 1);
  await page.close();
});

test("keys: where there is nothing to save, the popup says why", { skip: noDisplay }, async () => {
  const page = await browser.openPage(site.add({ id: "keys2", title: "Not played yet" }));
  await browser.press(page, "alt+shift+d", () => browser.popups());
  const popup = await browser.openedPopup();
  await popup.reaches("play");
  await popup.leave();
  await page.close();
});

const MINE = ["https://www.school.test/*", "https://media.school.test/*"];
const allowed = () => browser.own.evaluate((origins) => chrome.permissions.contains({ origins }), MINE);

let patience = 0;

/**
 * Opens the popup by its key, clicks, and answers the browser's question with `keys`. Nothing
 * tells that the question is drawn and has the keyboard: each time it gets a second more.
 */
async function askToAllow(page, ...keys) {
  const popup = await browser.popup(page);
  await popup.reaches("elsewhere");
  assert.match(await popup.locator("main").innerText(), /www\.school\.test/);
  // The question takes the place of the popup.
  await popup.locator("#action").click().catch(() => {});
  await until(async () => (await browser.popups()) === 0, "the question");
  await popup.leave();
  await sleep(++patience * 1000);
  display.press(...keys);
  for (let i = 0; i < 20 && !(await allowed()); i++) await sleep(100);
  const answer = await allowed();
  if (!answer) display.press("Escape");
  return answer;
}

test("another site: asked for in the popup, refused, allowed, and a lecture of it is saved", { skip: noDisplay }, async () => {
  const title = "At another school";
  const page = await browser.openPage(site.add({ id: "school", title, domain: "school.test", auth: "cookie" }));
  await page.locator("#play").click();
  await until(() => site.hits.some((h) => h.path === "/school/stream_2/data000000.ts"), "segments");
  // "Deny" has the keyboard when the question comes.
  assert.equal(await askToAllow(page, "Return"), false);
  let loads = 0;
  page.on("load", () => loads++);
  await until(() => askToAllow(page, "Tab", "Return"), "the permission");
  await until(() => loads > 0, "the page, read again");
  await page.locator("#play").click();
  await badged(page, "1", title);
  await click(page);
  await badged(page, "✓", title);
  const [recording] = await recordings(title);
  assert.ok(Math.abs(recording.duration - 24) < 0.5, `${recording.duration}`);
  // It is listed in the settings, and can be taken back there.
  const options = await browser.openPage(`chrome-extension://${browser.id}/options.html`);
  await until(async () => (await options.locator("#sites").innerText()).includes("www.school.test"), "the site");
  for (const name of ["www.school.test", "media.school.test"])
    await options.locator("#sites li", { hasText: name }).locator("a").click();
  await until(async () => !(await allowed()), "the end of the permission");
  await options.close();
  await page.close();
});
