// The whole path: play, click, and the lecture is in the library with its notes.
import assert from "node:assert/strict";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Browser, clickAway, until } from "./lib/extension.mjs";
import { Service, scratch } from "./lib/service.mjs";
import { Site } from "./lib/site/site.mjs";

let dir, site, service, browser;

before(async () => {
  dir = scratch("extension-path");
  site = await new Site().start(dir);
  service = await new Service({ library: join(dir, "output"), env: site.env }).start();
  browser = await new Browser().start({ dir, args: site.args, backend: service.url });
});

after(async () => {
  await browser?.close();
  site?.close();
  await service?.stop();
  rmSync(dir, { recursive: true, force: true });
});

test("play, click, and the lecture arrives, is processed and opens in the dashboard", async () => {
  const page = await browser.openPage(site.add({ id: "31415", title: "Segment trees, part 2" }));
  await page.locator("#play").click();
  const popup = await browser.popup(page);
  await popup.reaches("ready");
  assert.equal(await popup.locator("#title").inputValue(), "Segment trees, part 2");
  await popup.locator("#action").click();
  await popup.reaches("complete");
  const { recordings } = await service.api("GET", "/api/recordings");
  assert.equal(recordings.length, 1);
  assert.equal(recordings[0].title, "Segment trees, part 2");
  assert.equal(recordings[0].status, "processed");
  assert.ok(existsSync(recordings[0].videoPath));
  assert.ok(Math.abs(recordings[0].duration - 24) < 0.5, `${recordings[0].duration}`);
  const opened = browser.context.waitForEvent("page");
  await clickAway(popup.locator("#action"));
  const dashboard = await opened;
  await until(() => dashboard.url() !== "about:blank");
  assert.equal(dashboard.url(), `${service.url}/lecture/${encodeURIComponent(recordings[0].id)}`);
});
