// What happens on the way: signatures that end, a worker that dies, pairing.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { Browser, clickAway, until } from "./lib/extension.mjs";
import { Service, scratch } from "./lib/service.mjs";
import { Site } from "./lib/site/site.mjs";

let dir, site, service, browser;

before(async () => {
  dir = scratch("extension-jobs");
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

const recording = async (title) => {
  const { recordings } = await service.api("GET", "/api/recordings");
  const found = recordings.filter((r) => r.title === title);
  assert.equal(found.length, 1, `${found.length} of ${title}`);
  return found[0];
};

/** Holds back the CDN's segments until it is called. */
function holdBack() {
  let release;
  const released = new Promise((done) => {
    release = done;
  });
  site.hold = () => released;
  return () => {
    site.hold = null;
    release();
  };
}

for (const auth of ["query", "cookie"])
  test(`a signature (${auth}) ends; the lecture is opened again and the download goes on unasked`, async () => {
    const title = `Signed by ${auth}`;
    const lecture = { id: `sig-${auth}`, title, auth, player: "fetch", folder: "long", playlist: "stream_1/index.m3u8" };
    const page = await browser.openPage(site.add(lecture));
    await page.locator("#play").click();
    const popup = await browser.popup(page);
    await popup.reaches("ready");
    const release = holdBack();
    await popup.locator("#action").click();
    await popup.reaches("pending", "downloading");
    await until(() => site.hits.some((h) => h.path.startsWith(`/sig-${auth}/`) && !h.referer.includes("/class/") && h.path.endsWith("data000005.ts")), "the service's requests");
    site.signer.revoke();
    release();
    await popup.reaches("signature");
    const before = service.log().split("/credentials").length;
    await popup.leave();
    // All that the student does: open it again and press play.
    await page.reload();
    await page.locator("#play").click();
    await until(() => service.log().split("/credentials").length > before, "fresh values");
    await until(async () => (await recording(title)).status === "downloaded", "the video");
    assert.ok(Math.abs((await recording(title)).duration - 120) < 0.5);
    const job = (await browser.stored()).jobs.find((j) => j.title === title);
    await until(async () => (await browser.stored()).jobs.find((j) => j.nonce === job.nonce).state === "complete", "its end here");
    await page.close();
  });

test("the worker is killed twenty times on the way", async () => {
  const title = "Killed twenty times";
  let killed = 0;
  let running = true;
  // At random moments, from the first request to the last word.
  const killer = (async () => {
    while (running || killed < 20) {
      await new Promise((done) => setTimeout(done, 40 + Math.random() * 500));
      await browser.kill();
      killed++;
    }
  })();
  const page = await browser.openPage(site.add({ id: "killed", title }));
  await page.locator("#play").click();
  const popup = await browser.popup(page);
  await popup.reaches("ready");
  assert.equal(await popup.locator("#title").inputValue(), title);
  const release = holdBack();
  await popup.locator("#action").click();
  await popup.reaches("pending", "downloading");
  await until(() => killed >= 15, "fifteen deaths");
  release();
  await until(() => killed >= 20, "twenty deaths");
  await popup.reaches("complete");
  running = false;
  await killer;
  await popup.leave();
  assert.ok(Math.abs((await recording(title)).duration - 24) < 0.5);
  const { jobs } = await service.api("GET", "/api/queue");
  assert.equal(jobs.filter((j) => j.title === title && j.kind === "download").length, 1);
  await page.close();
});

test("a finished lecture is told once, and its notification opens it", async () => {
  const told = await browser.own.evaluate(() => chrome.notifications.getAll());
  const { id } = await recording("Killed twenty times");
  assert.ok(Object.keys(told).includes(`lecture ${id}`), JSON.stringify(told));
});

test("an extension that is not paired says so, and a code pairs it", async () => {
  await service.stop();
  service.env.SCALER_EXTENSIONS = "none";
  await service.start();
  const page = await browser.openPage(site.add({ id: "pair", title: "Pair first" }));
  await page.locator("#play").click();
  let popup = await browser.popup(page);
  await popup.reaches("ready");
  await popup.locator("#action").click();
  await popup.reaches("unpaired");
  const opened = browser.context.waitForEvent("page");
  await clickAway(popup.locator("#action"));
  const options = await opened;
  await options.waitForURL(/options\.html#pair/);
  await options.locator("#code").fill("00000000");
  await options.locator("#pair-form button").click();
  await until(async () => (await options.locator("#pair-status").getAttribute("data-tone")) === "wrong", "the refusal");
  delete service.env.SCALER_EXTENSIONS;
  const { code } = await service.api("POST", "/api/pair/code", {});
  await options.locator("#code").fill(code);
  await options.locator("#pair-form button").click();
  await until(async () => (await options.locator("#pair-status").getAttribute("data-tone")) === "good", "the pairing");
  await options.close();
  assert.ok((await browser.stored()).pairing.key.length > 10);
  popup = await browser.popup(page);
  await popup.reaches("ready");
  await popup.locator("#action").click();
  await popup.reaches("complete");
  await popup.leave();
  await page.close();
});

/** A server that knows the wire contract and not one field more. */
async function plainServer() {
  const posts = [];
  const routes = {
    "GET /api/health": () => ({ status: "healthy", timestamp: new Date().toISOString(), version: "0.0.1" }),
    "GET /api/recordings/check": () => ({ exists: false, status: null, path: null }),
    "GET /api/recordings": () => ({ recordings: [{ id: "r 1", title: "By contract", status: "processed", videoPath: "/v/full_video.mp4" }] }),
    "GET /api/queue": () => ({ queue: [], history: [] }),
    "POST /api/download": () => ({ downloadId: "d1", message: "started" }),
    "GET /api/status/d1": () => ({
      downloadId: "d1", status: "complete", progress: 100, message: "done", path: "/v/full_video.mp4", error: null, title: "By contract",
    }),
    "POST /api/process": () => ({ processId: "p1", message: "queued", position: 1 }),
    "GET /api/process/p1": () => ({
      processId: "p1", status: "complete", progress: 100, stage: "complete", message: null, outputDir: "/o", error: null, title: null,
    }),
  };
  const server = createServer(async (req, res) => {
    const path = req.url.split("?")[0];
    let body = "";
    for await (const piece of req) body += piece;
    if (req.method === "POST") posts.push({ path, type: req.headers["content-type"], body: JSON.parse(body) });
    const route = routes[`${req.method} ${path}`];
    res.writeHead(route ? 200 : 404, { "Content-Type": "application/json" });
    res.end(JSON.stringify(route ? route() : { detail: "Not found" }));
  }).listen(0, "127.0.0.1");
  await until(() => server.address());
  return { posts, url: `http://localhost:${server.address().port}`, close: () => server.close() };
}

test("another server of the same contract gets what the contract says", async () => {
  const plain = await plainServer();
  await browser.set({ backend: plain.url, process: true });
  const url = site.add({ id: "contract", title: "By contract", playlist: "stream_1/index.m3u8" });
  const page = await browser.openPage(url);
  await page.locator("#play").click();
  await until(() => site.hits.some((h) => h.path === "/contract/stream_1/data000001.ts"), "segments");
  const popup = await browser.popup(page);
  await popup.reaches("ready");
  await popup.locator("#action").click();
  await popup.reaches("complete");
  await popup.leave();
  const [download, process, ...more] = plain.posts;
  assert.deepEqual(more, []);
  assert.equal(download.path, "/api/download");
  assert.equal(download.type, "application/json");
  const { keyPairId, policy, signature, detectedChunk, ...info } = download.body.streamInfo;
  const base = "https://media.scaler.com/contract/stream_1/";
  assert.deepEqual(info, { baseUrl: base, streamUrl: `${base}index.m3u8` });
  assert.ok(site.signer.good({ "Key-Pair-Id": keyPairId, Policy: policy, Signature: signature }));
  assert.ok(Number.isInteger(detectedChunk) && detectedChunk >= 1);
  const { streamInfo, ...rest } = download.body;
  assert.deepEqual(rest, { title: "By contract", url, startTime: null, endTime: null });
  assert.deepEqual([process.path, process.body], ["/api/process", { title: "By contract", videoPath: "/v/full_video.mp4" }]);
  await browser.set({ backend: service.url, process: false });
  plain.close();
  await page.close();
});

test("the dashboard can pair, other pages cannot drive anything", async () => {
  const send = (page, message) =>
    page.evaluate(
      ([id, m]) => new Promise((done) => chrome.runtime.sendMessage(id, m, (a) => done(a ?? String(chrome.runtime.lastError?.message)))),
      [browser.id, message],
    );
  await browser.own.evaluate(() => chrome.storage.local.remove("pairing"));
  const dashboard = await browser.openPage(`${service.url}/health`);
  assert.equal((await send(dashboard, { type: "hello" })).name, "scaler-companion");
  const { code } = await service.api("POST", "/api/pair/code", {});
  assert.deepEqual(await send(dashboard, { type: "pair", code: "12" }), { ok: false });
  assert.deepEqual(await send(dashboard, { type: "download", code }), { ok: false });
  assert.deepEqual(await send(dashboard, { type: "pair", code }), { ok: true });
  assert.ok((await browser.stored()).pairing.key.length > 10);
  // By the dashboard's own button, as the extension's settings open it; a program that was
  // built without Node.js has no dashboard.
  await dashboard.goto(`${service.url}/settings?extension=${browser.id}`);
  if ((await dashboard.locator("#root").count()) > 0) {
    await browser.own.evaluate(() => chrome.storage.local.remove("pairing"));
    await dashboard.getByRole("button", { name: "Pair the extension" }).click();
    await until(async () => (await browser.stored()).pairing?.key.length > 10, "the key");
  }
  await dashboard.close();
  // Another server of this machine is not the backend.
  const other = createServer((_, res) => res.end("<!doctype html>")).listen(0, "127.0.0.1");
  await until(() => other.address());
  const stranger = await browser.openPage(`http://localhost:${other.address().port}/`);
  assert.deepEqual(await send(stranger, { type: "pair", code: "12345678" }), { ok: false });
  await stranger.close();
  other.close();
  const lecture = await browser.openPage(site.add({ id: "page", title: "A page" }));
  assert.equal(await lecture.evaluate(() => typeof globalThis.chrome?.runtime?.sendMessage), "undefined");
  await lecture.close();
});
