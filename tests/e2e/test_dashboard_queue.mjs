// The queue with real jobs: a slow stream that runs, others behind it, some that stop.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { join } from "node:path";
import { accessible, dashboard, done, noDashboard, open } from "./lib/dashboard.mjs";
import { cdn, sampleStream } from "./lib/sample.mjs";

const options = { skip: noDashboard };
const SIGNED = { keyPairId: "KP", policy: "POLICY", signature: "SIG" };
let at, slow, signed, stream;

before(async () => {
  if (noDashboard) return;
  stream = join(await sampleStream(), "stream");
  // Minutes for the whole stream: what runs in these tests is still running at their end.
  slow = await cdn(stream, ["--cap-kbps", "6"]);
  signed = await cdn(stream, ["--sign", "KP:POLICY:SIG", "--expire-after-requests", "3"]);
  at = await dashboard({ name: "queue", env: { SCALER_MAX_DOWNLOADS: "1", SCALER_CONNECTIONS: "1" } });
});
after(async () => {
  await at?.close();
  slow?.close();
  signed?.close();
});

const download = (title, url, streamInfo = {}) =>
  at.service
    .api("POST", "/api/v1/download", { title, streamInfo: { streamUrl: url, ...streamInfo }, process: false })
    .then((a) => a.downloadId);
const jobs = () => at.service.api("GET", "/api/v1/queue").then((q) => q.jobs);
const waitingTitles = async () =>
  (await jobs())
    .filter((j) => j.state === "waiting")
    .sort((a, b) => b.priority - a.priority || a.position - b.position)
    .map((j) => j.title);
async function until(what, see) {
  for (;;) {
    const found = await see();
    if (found) return found;
    await new Promise((again) => setTimeout(again, 50));
  }
}
const section = (page, name) => page.getByRole("region", { name, exact: true });
const shownOrder = (page) =>
  page.locator(".job-waiting h3").allInnerTexts();
const fits = async (page) =>
  assert.ok((await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0, "wider than the screen");

test("an empty queue says what comes here", options, async () => {
  const page = await open(at, "/queue");
  await page.getByText("The queue is empty").waitFor();
  await accessible(page);
  await done(page);
});

test("what runs moves by itself, what waits is in its order", options, async () => {
  const page = await open(at, "/queue");
  await page.getByText("The queue is empty").waitFor();
  await download("Running", `${slow.url}/index.m3u8`);
  const running = section(page, "Running");
  await running.getByRole("heading", { name: "Running", exact: true, level: 3 }).waitFor();
  for (const title of ["Alpha", "Beta", "Gamma"]) await download(title, `${slow.url}/index.m3u8?${title}`);
  await section(page, "Waiting").getByRole("heading", { name: "Gamma" }).waitFor();
  assert.deepEqual(await shownOrder(page), ["Alpha", "Beta", "Gamma"]);
  const bar = running.getByRole("progressbar");
  const value = async () => Number(await bar.getAttribute("aria-valuenow"));
  const first = await value();
  await until("progress", async () => (await value()) > first);
  await running.locator(".progress-text", { hasText: /B\/s/ }).waitFor();
  await running.locator(".progress-text", { hasText: /left/ }).waitFor();
  await done(page);
});

test("the order is changed by keys and by dragging, and the service has it", options, async () => {
  const page = await open(at, "/queue");
  const waiting = section(page, "Waiting");
  const grip = waiting.getByRole("button", { name: "Move Gamma" });
  await grip.focus();
  await page.keyboard.press("ArrowUp");
  await until("keys", async () => (await waitingTitles()).join() === "Alpha,Gamma,Beta");
  await page.waitForFunction(() => [...document.querySelectorAll(".job-waiting h3")].map((h) => h.textContent).join() === "Alpha,Gamma,Beta");
  assert.ok(await grip.evaluate((e) => e === document.activeElement), "the focus stays on what is moved");
  await page.keyboard.press("Home");
  await until("home", async () => (await waitingTitles()).join() === "Gamma,Alpha,Beta");
  await page.waitForFunction(() => [...document.querySelectorAll(".job-waiting h3")].map((h) => h.textContent).join() === "Gamma,Alpha,Beta");
  const from = await waiting.getByRole("button", { name: "Move Gamma" }).boundingBox();
  const to = await waiting.getByRole("button", { name: "Move Beta" }).boundingBox();
  await page.mouse.move(from.x + 10, from.y + 15);
  await page.mouse.down();
  await page.mouse.move(to.x + 10, to.y + 25, { steps: 8 });
  await page.mouse.up();
  await until("drag", async () => (await waitingTitles()).join() === "Alpha,Beta,Gamma");
  await page.waitForFunction(() => [...document.querySelectorAll(".job-waiting h3")].map((h) => h.textContent).join() === "Alpha,Beta,Gamma");
  // A priority goes before any place.
  await waiting.getByRole("button", { name: "More for Gamma" }).click();
  await page.getByRole("menuitemradio", { name: "Before others" }).click();
  await until("priority", async () => (await waitingTitles()).join() === "Gamma,Alpha,Beta");
  await waiting.getByText("Before others").waitFor();
  await done(page);
});

test("the log is there, and grows while the job writes it", options, async () => {
  const page = await open(at, "/queue");
  const running = (await jobs()).find((j) => j.state === "running");
  await section(page, "Running").getByRole("button", { name: "Log" }).first().click();
  const log = page.getByRole("dialog").getByRole("log");
  await log.filter({ hasText: "download job" }).waitFor();
  await accessible(page);
  // What the job writes from now on comes by itself.
  await at.service.api("POST", `/api/v1/jobs/${running.id}/pause`);
  await log.filter({ hasText: "stopped on request" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  // The worker's last line comes before its end.
  await until("paused", async () => (await jobs()).find((j) => j.id === running.id).state === "paused");
  await at.service.api("POST", `/api/v1/jobs/${running.id}/resume`);
  await done(page);
});

test("pause keeps what is done, going on continues, cancel ends", options, async () => {
  const page = await open(at, "/queue");
  const running = section(page, "Running");
  // The one with the priority runs now.
  const title = "Gamma";
  await running.getByRole("heading", { name: title }).waitFor();
  await running.getByRole("button", { name: "Pause" }).click();
  const paused = section(page, "Paused");
  await paused.getByRole("heading", { name: title }).waitFor();
  await paused.getByText("What is done is kept").waitFor();
  // The next one takes its place by itself.
  await running.getByRole("heading", { name: "Running", exact: true, level: 3 }).waitFor();
  await paused.getByRole("button", { name: "Go on" }).click();
  await section(page, "Waiting").getByRole("heading", { name: title }).waitFor();
  await section(page, "Waiting").getByRole("button", { name: "More for Beta" }).click();
  await page.getByRole("menuitem", { name: "Cancel for good" }).click();
  const history = section(page, "History");
  await history.getByRole("heading", { name: "Beta" }).waitFor();
  await history.getByText("cancelled").waitFor();
  await history.getByRole("button", { name: "Try again" }).click();
  await section(page, "Waiting").getByRole("heading", { name: "Beta" }).waitFor();
  await done(page);
});

test("a failure says why and what to do; a signature that ended, to open the lecture", options, async () => {
  for (const j of await jobs())
    if (["running", "waiting", "paused"].includes(j.state)) await at.service.api("POST", `/api/v1/jobs/${j.id}/cancel`);
  const page = await open(at, "/queue");
  await download("Nowhere", `${slow.url}/nothing.m3u8`);
  const failed = section(page, "Failed");
  await failed.getByRole("heading", { name: "Nowhere" }).waitFor();
  assert.ok((await failed.locator(".job-why p").first().innerText()).length > 10);
  await failed.getByRole("button", { name: "Log" }).click();
  await page.getByRole("dialog").getByRole("log").waitFor();
  await page.keyboard.press("Escape");
  await download("Signed", `${signed.url}/index.m3u8`, SIGNED);
  const paused = section(page, "Paused");
  await paused.getByText("Signature ended").waitFor();
  await paused.getByText("Open the lecture on Scaler again").waitFor();
  await accessible(page);
  await failed.getByRole("button", { name: "Try again" }).click();
  await page.waitForFunction(() => {
    const h = [...document.querySelectorAll("section")].find((s) => s.querySelector("h2")?.textContent === "Failed");
    return !h || h.textContent.includes("Nowhere");
  });
  await until("tried again", async () => (await jobs()).find((j) => j.title === "Nowhere").state === "failed");
  await done(page);
});

test("the study materials show each stage", options, async () => {
  const fast = await cdn(stream);
  try {
    const id = await at.service
      .api("POST", "/api/v1/download", { title: "Whole", streamInfo: { streamUrl: `${fast.url}/index.m3u8` }, process: true })
      .then((a) => a.downloadId);
    assert.ok(id);
    const page = await open(at, "/queue");
    const stages = section(page, "Running").locator(".stage");
    await stages.filter({ hasText: "Transcript" }).waitFor();
    await stages.filter({ hasText: "Writing notes" }).waitFor();
    await page.locator(".stage-running").first().waitFor();
    await accessible(page);
    await section(page, "Running").getByRole("button", { name: "More for Whole" }).click();
    await page.getByRole("menuitem", { name: "Cancel for good" }).click();
    await section(page, "History").locator("li", { hasText: "Study materials" }).first().waitFor();
    await done(page);
  } finally {
    fast.close();
  }
});

test("accessible and not too wide, by day and by night, on a phone", options, async () => {
  await download("A lecture with quite a long title that has to find room on a phone", `${slow.url}/index.m3u8?long`);
  await download("Behind it", `${slow.url}/index.m3u8?behind`);
  for (const [width, colorScheme] of [
    [1280, "light"],
    [360, "dark"],
  ]) {
    const page = await open(at, "/queue", { viewport: { width, height: 760 }, colorScheme });
    await section(page, "Running").getByRole("progressbar").first().waitFor();
    await section(page, "History").waitFor();
    await accessible(page);
    await fits(page);
    await done(page);
  }
});
