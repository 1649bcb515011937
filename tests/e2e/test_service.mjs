// The service as a browser meets it.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { launch, listen, quiet } from "./lib/browser.mjs";
import { sampleLibrary } from "./lib/sample.mjs";
import { Service, scratch } from "./lib/service.mjs";

let browser, service, dir;

before(async () => {
  dir = scratch("service");
  service = await new Service({ library: await sampleLibrary(join(dir, "output")) }).start();
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await service?.stop();
  rmSync(dir, { recursive: true, force: true });
});

test("the lecture's own page plays its video", async () => {
  const { recordings } = await service.api("GET", "/api/recordings");
  const page = listen(await browser.newPage());
  await page.goto(service.url + recordings[0].artifacts.viewer);
  const length = await page.waitForFunction(() => {
    const video = document.querySelector("video");
    return video && video.readyState >= 1 ? video.duration : 0;
  });
  assert.ok((await length.jsonValue()) > 60);
  quiet(page);
  await page.close();
});
