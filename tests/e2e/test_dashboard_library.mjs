// The library page: from an empty one to a lecture that was imported, made and opened.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { accessible, dashboard, done, GONE, layoutShift, noDashboard, open } from "./lib/dashboard.mjs";
import { copyLecture, rescan } from "./lib/lectures.mjs";
import { cdn, sampleLibrary, sampleStream } from "./lib/sample.mjs";
import { scratch } from "./lib/service.mjs";

const options = { skip: noDashboard };
const dir = scratch("library");
let empty;
let full;

before(async () => {
  if (noDashboard) return;
  empty = await dashboard({ library: join(dir, "empty") });
  const library = await sampleLibrary(join(dir, "full"));
  for (const [id, title, date] of [
    ["graphs", "Graphs 10", "2026-03-01"],
    ["trees", "Trees 9", "2026-02-01"],
    ["failed", "Databases", "2026-01-01"],
  ])
    copyLecture(library, title, {
      id,
      date,
      change: (m) => {
        if (id === "failed") Object.assign(m, { status: "error", error: "The signature has ended", error_code: "forbidden" });
      },
    });
  rescan(library);
  full = await dashboard({ library });
});
after(async () => {
  await empty?.close();
  await full?.close();
});

const titles = (page) => page.locator(".lib-title").allTextContents();

test("an empty library teaches the first steps and gives a code to pair with", options, async () => {
  for (const colorScheme of ["light", "dark"]) {
    const page = await open(empty, "/", { colorScheme });
    await page.getByRole("heading", { name: "A quiet place for your lectures" }).waitFor();
    await page.getByRole("button", { name: "Show a code" }).click();
    const code = (await page.locator(".first-code strong").textContent()).replace(/\s/g, "");
    assert.match(code, /^\d{8}$/);
    await accessible(page);
    await done(page);
  }
});

test("the sample that is installed with the program is one click away", options, async () => {
  const sample = await dashboard({ library: join(dir, "sample") });
  try {
    const page = await open(sample, "/");
    if (!(await sample.service.api("GET", "/api/v1/sample")).available) {
      await page.getByText("make demo").waitFor();
      return done(page);
    }
    await page.getByRole("button", { name: "Add the sample" }).click();
    await page.getByRole("link", { name: "Binary Search (sample)" }).waitFor();
    // Once it is there it is made into study material by itself.
    let jobs = [];
    while (!jobs.some((j) => j.kind === "process")) {
      ({ jobs } = await sample.service.api("GET", "/api/v1/queue"));
      assert.ok(!jobs.some((j) => j.state === "failed"), JSON.stringify(jobs));
      await new Promise((again) => setTimeout(again, 100));
    }
    for (const j of jobs) await sample.service.api("POST", `/api/v1/jobs/${j.id}/cancel`).catch(() => {});
    await done(page);
  } finally {
    await sample.close();
  }
});

test("import a file, watch it being made, read its notes: without loading the page again", options, async () => {
  const clip = join(dir, "A short clip.mp4");
  const library = join(dir, "full");
  execFileSync("ffmpeg", ["-v", "error", "-y", "-t", "30", "-i", join(library, "videos/Binary Search/full_video.mp4"), "-c", "copy", clip]);
  const page = await open(empty, "/");
  await page.getByRole("heading", { name: "Library" }).waitFor();
  await page.evaluate(() => {
    globalThis.sameDocument = true;
    globalThis.seen = new Set();
    new MutationObserver(() => {
      for (const bar of document.querySelectorAll(".lib-card [role=progressbar]")) globalThis.seen.add(bar.ariaValueNow);
    }).observe(document.body, { subtree: true, childList: true, attributes: true });
  });
  await page.getByRole("button", { name: "Import" }).first().click();
  await page.getByRole("dialog").waitFor();
  await accessible(page);
  await page.getByRole("dialog").locator("input[type=file]").setInputFiles(clip);
  const card = page.locator(".lib-card", { hasText: "A short clip" });
  await card.waitFor({ timeout: 300_000 });
  // Made: no bar, no chip of a state any more, and a picture.
  await page.waitForFunction(() => document.querySelector(".lib-picture img") && !document.querySelector(".lib-card .progress, .lib-card .chip"), null, {
    timeout: 600_000,
  });
  const seen = await page.evaluate(() => [...globalThis.seen]);
  assert.ok(seen.length >= 2, `live progress was seen: ${seen}`);
  await card.getByRole("link", { name: "A short clip" }).click();
  await page.getByRole("tab", { name: "Notes" }).waitFor();
  await page.locator(".note-line .cite").first().waitFor();
  assert.equal(await page.evaluate(() => globalThis.sameDocument), true);
  await done(page);
});

test("a stream by its address: pasted, downloaded, there", options, async () => {
  const stream = await cdn(join(await sampleStream(), "stream"));
  try {
    const page = await open(empty, "/");
    await page.getByRole("heading", { name: "Library" }).waitFor();
    const address = `${stream.url}/index.m3u8`;
    await page.evaluate((text) => {
      const data = new DataTransfer();
      data.setData("text/plain", text);
      document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true }));
    }, address);
    const dialog = page.getByRole("dialog");
    await dialog.waitFor();
    assert.equal(await dialog.getByLabel("Or paste an address").inputValue(), address);
    await dialog.getByLabel("Title").fill("From a stream");
    await dialog.getByLabel(/Make transcript/).uncheck();
    await dialog.getByRole("button", { name: "Download" }).click();
    await page.locator(".lib-card", { hasText: "From a stream" }).getByText("Video only").waitFor({ timeout: 300_000 });
    await done(page);
  } finally {
    stream.close();
  }
});

test("find, order, filter; grid and list; what is chosen is remembered", options, async () => {
  const page = await open(full, "/");
  await page.locator(".lib-card").nth(3).waitFor();
  assert.deepEqual((await titles(page)).slice(1), ["Graphs 10", "Trees 9", "Databases"]);
  await page.getByLabel("Order").selectOption("title");
  assert.deepEqual(await titles(page), ["Binary Search", "Databases", "Graphs 10", "Trees 9"]);
  await page.getByLabel("Status").selectOption("failed");
  assert.deepEqual(await titles(page), ["Databases"]);
  await page.getByText("The signature has ended").waitFor();
  await page.getByLabel("Status").selectOption("all");
  await page.keyboard.press("Escape");
  await page.getByLabel("Find in the library").fill("graphs 10");
  assert.deepEqual(await titles(page), ["Graphs 10"]);
  await page.getByLabel("Find in the library").fill("nothing like it");
  await page.getByText("No lecture fits").waitFor();
  await page.getByRole("button", { name: "Show all" }).click();
  await page.getByRole("button", { name: "As a list" }).click();
  await page.locator(".lib-list").first().waitFor();
  await accessible(page);
  await page.reload();
  await page.locator(".lib-list").nth(3).waitFor();
  assert.deepEqual(await titles(page), ["Binary Search", "Databases", "Graphs 10", "Trees 9"]);
  await done(page);
});

test("rename, folder, tags, several at once, delete", options, async () => {
  const page = await open(full, "/");
  const of = async (id) => (await full.service.api("GET", `/api/v1/recordings/${id}`));
  await page.getByRole("button", { name: "Actions for Databases" }).click();
  await page.getByRole("menuitem", { name: "Rename" }).click();
  await page.getByRole("dialog").getByLabel("Title").fill("Databases I");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("link", { name: "Databases I" }).waitFor();
  await page.getByLabel("Select Graphs 10").check();
  await page.getByLabel("Select Trees 9").check();
  await page.getByText("2 selected").waitFor();
  await accessible(page);
  const bulk = page.getByRole("toolbar");
  await bulk.getByRole("button", { name: "Move to folder" }).click();
  await page.getByRole("dialog").getByLabel("Folder").fill("Algorithms");
  await page.getByRole("dialog").getByRole("button", { name: "Move to folder" }).click();
  await page.locator(".shelf", { hasText: "Algorithms" }).waitFor();
  await bulk.getByRole("button", { name: "Tag" }).click();
  await page.getByRole("dialog").getByRole("combobox").fill("exam, dsa");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.locator(".shelf", { hasText: "Algorithms" }).click();
  assert.equal((await titles(page)).length, 2);
  const kept = await of("graphs");
  assert.deepEqual([kept.folder, kept.tags], ["Algorithms", ["exam", "dsa"]]);
  assert.equal((await of("failed")).title, "Databases I");
  const [zip] = await Promise.all([
    page.waitForEvent("download"),
    page
      .getByRole("button", { name: "Actions for Graphs 10" })
      .click()
      .then(() => page.getByRole("menuitem", { name: "Export as ZIP" }).click()),
  ]);
  assert.match(zip.suggestedFilename(), /\.zip$/);
  await page.getByRole("button", { name: "Actions for Trees 9" }).click();
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await page.getByRole("link", { name: "Trees 9" }).waitFor({ state: "detached" });
  assert.equal(existsSync(join(dir, "full", "2026-02-01_Trees 9")), false);
  await done(page);
});

test("the process dialog says what it costs and queues what was chosen", options, async () => {
  const page = await open(full, "/", { colorScheme: "dark" });
  await page.getByRole("button", { name: "Actions for Graphs 10" }).click();
  await page.getByRole("menuitem", { name: "Process" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText(/About .* of memory/).waitFor();
  await accessible(page);
  await dialog.getByLabel("Transcript").uncheck();
  await dialog.getByLabel("Slides", { exact: true }).uncheck();
  assert.equal(await dialog.getByLabel("Text on slides").isChecked(), false);
  await dialog.getByRole("button", { name: "Start" }).click();
  await page.getByText("1 lecture is in the queue").waitFor();
  const { jobs } = await full.service.api("GET", "/api/v1/queue");
  assert.ok(jobs.some((j) => j.lectureId === "graphs" && j.kind === "process"));
  await done(page);
});

test("narrow and by night: accessible, nothing wider than the screen", options, async () => {
  const page = await open(full, "/", { viewport: { width: 360, height: 740 }, colorScheme: "dark", hasTouch: true });
  await page.locator(".lib-title").first().waitFor();
  await accessible(page);
  const shift = await layoutShift(page);
  assert.ok(shift < 0.05, `layout shift ${shift}`);
  assert.ok((await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0);
  await done(page);
});

test("what changes elsewhere shows by itself, also after a restart of the service", options, async () => {
  const page = await open(full, "/");
  await page.getByRole("link", { name: "Graphs 10" }).waitFor();
  await full.service.api("PATCH", "/api/v1/recordings/graphs", { title: "Graphs renamed" });
  await page.getByRole("link", { name: "Graphs renamed" }).waitFor();
  await full.service.stop();
  await page.getByText("The service does not answer").waitFor();
  await full.service.start();
  await full.service.api("PATCH", "/api/v1/recordings/graphs", { title: "Graphs again" });
  await page.getByRole("link", { name: "Graphs again" }).waitFor();
  await done(page, GONE);
});
