// The lecture page: video, transcript and notes in step; a student's own words; doubtful passages.
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { accessible, dashboard, done, GONE, layoutShift, noDashboard, open } from "./lib/dashboard.mjs";
import { copyLecture, longTranscript, rescan, sampleFolder } from "./lib/lectures.mjs";
import { sampleLibrary } from "./lib/sample.mjs";
import { scratch } from "./lib/service.mjs";

const options = { skip: noDashboard };
const LONG = 5000;
const WRONG = "Perhaps something else entirely.";
let at;
let sample; // id of the sample
let folder;
let transcript;

const HOSTILE = 'Beware <img src=x onerror="globalThis.hacked=1"><script>globalThis.hacked=1</script> [x](javascript:globalThis.hacked=1)';

before(async () => {
  if (noDashboard) return;
  const library = await sampleLibrary(join(scratch("lecture"), "library"));
  folder = sampleFolder(library);
  transcript = JSON.parse(readFileSync(join(folder, "transcript.json"), "utf8"));
  copyLecture(library, "Long", { id: "long", date: "2026-01-02", change: (_, f) => longTranscript(f, LONG) });
  copyLecture(library, "Doubtful", {
    id: "doubtful",
    date: "2026-01-03",
    change: (_, f) => {
      const t = structuredClone(transcript);
      Object.assign(t.chunks[4], { text: WRONG, words: [], suspect: ["low_confidence"], confidence: 0.1 });
      writeFileSync(join(f, "transcript.json"), JSON.stringify(t));
    },
  });
  copyLecture(library, "Rich", {
    id: "rich",
    date: "2026-01-04",
    change: (_, f) => {
      const path = join(f, "notes.json");
      const n = JSON.parse(readFileSync(path, "utf8"));
      const line = (text, kind = "paragraph") => ({ kind, text, start: 5, end: 6, supported: true });
      n.uncovered = [[40, 55]];
      n.sections[0].lines = [
        line(HOSTILE),
        line("The cost is $O(n \\log n)$ and not \\(n^2\\)."),
        line("| case | steps |\n|---|---|\n| best | 1 |\n| worst | log n |"),
        line("```python\ndef f(x):\n    return x + 1\n```", "code"),
      ];
      writeFileSync(path, JSON.stringify(n));
    },
  });
  rescan(library);
  at = await dashboard({ library });
  sample = (await at.service.api("GET", "/api/v1/recordings")).recordings.find((r) => r.title === "Binary Search").id;
});
after(() => at?.close());

/** Opens a lecture with a tab chosen; the video has its metadata. */
async function lecture(id, tab, { query = "", ...more } = {}) {
  const page = await open(at, `/lecture/${encodeURIComponent(id)}${query}`, more);
  if (tab) await page.getByRole("tab", { name: tab }).click();
  await page.waitForFunction(() => document.querySelector("video")?.readyState >= 1);
  return page;
}
const time = (page) => page.evaluate(() => document.querySelector("video").currentTime);
const timeIs = (page, t, by = 0.3) =>
  page.waitForFunction(([t, by]) => Math.abs(document.querySelector("video").currentTime - t) <= by, [t, by]);

test("a click on a word seeks to it, within 0.3 s; the word said is lit", options, async () => {
  const page = await lecture(sample, "Transcript");
  for (const [segment, word] of [
    [1, 4],
    [3, 6],
    [6, 2],
  ]) {
    const w = transcript.chunks[segment].words[word];
    await page.locator(`.word[data-t="${w.start}"]`).click();
    await timeIs(page, w.start);
    await page.locator(`.word[data-said][data-t="${w.start}"]`).waitFor();
    await page.locator(".seg[data-active]", { hasText: transcript.chunks[segment].text }).waitFor();
  }
  await done(page);
});

test("an address with a second opens there; where it was left is remembered", options, async () => {
  let page = await lecture(sample, null, { query: "?t=42" });
  await timeIs(page, 42);
  await page.getByRole("slider", { name: "Position in the lecture" }).press("l");
  await timeIs(page, 52);
  const context = page.context();
  await page.goto(`${at.service.url}/`);
  await page.goto(`${at.service.url}/lecture/${sample}`);
  await page.waitForFunction(() => document.querySelector("video")?.readyState >= 1);
  await timeIs(page, 52, 1);
  await done(page);
  page = await lecture(sample, null, { query: "?t=1:05" });
  await timeIs(page, 65);
  await done(page);
  assert.ok(context);
});

test("a citation plays its second; slides and chapters seek, the current one is lit", options, async () => {
  const page = await lecture(sample, "Notes");
  await page.locator(".note-section h3 .cite").nth(2).click();
  const start = JSON.parse(readFileSync(join(folder, "notes.json"), "utf8")).sections[2].start;
  await page.waitForFunction((t) => {
    const v = document.querySelector("video");
    return !v.paused && v.currentTime >= t - 0.1;
  }, start);
  await page.keyboard.press("k");
  await page.waitForFunction(() => document.querySelector("video").paused);
  await page.getByRole("button", { name: /^Slide 4/ }).click();
  await page.locator(".strip-slide[aria-current]").getByText("1:00").waitFor();
  await page.getByRole("tab", { name: "Summary" }).click();
  await page.getByRole("tabpanel").getByRole("button", { name: /Three definitions/ }).last().click();
  await page.waitForFunction(() => document.querySelector("video").currentTime >= 17 && document.querySelector("video").currentTime < 38);
  await done(page);
});

test("player keys as on YouTube; speed, captions, silence", options, async () => {
  const page = await lecture(sample, "Notes", { query: "?t=30" });
  await timeIs(page, 30);
  const press = async (key, to) => {
    await page.keyboard.press(key);
    await timeIs(page, to, 0.1);
  };
  // On a tab, arrows choose tabs: the keyboard is the player's elsewhere.
  await page.getByRole("heading", { level: 1 }).click();
  await press("j", 20);
  await press("l", 30);
  await press("ArrowLeft", 25);
  await press("ArrowRight", 30);
  const duration = await page.evaluate(() => document.querySelector("video").duration);
  await press("5", duration / 2);
  await press("Home", 0);
  await press("Shift+N", 17.667);
  await page.keyboard.press(">");
  await page.waitForFunction(() => document.querySelector("video").playbackRate === 1.25);
  await page.keyboard.press("c");
  await page.waitForFunction(() => {
    const track = document.querySelector("video").textTracks[0];
    return track.mode === "showing" && track.cues?.length > 10;
  });
  await page.keyboard.press("m");
  await page.waitForFunction(() => document.querySelector("video").muted);
  await page.getByRole("button", { name: "Speed" }).or(page.getByText("1.25×")).first().click();
  await page.getByRole("menuitemradio", { name: "3×", exact: true }).click();
  await page.waitForFunction(() => document.querySelector("video").playbackRate === 3);
  await page.keyboard.press("?");
  await page.getByRole("dialog").getByText("Play or pause").waitFor();
  await accessible(page);
  await done(page);
});

test("find in the transcript", options, async () => {
  const page = await lecture(sample, "Transcript");
  const find = page.getByLabel("Find in the transcript");
  await find.fill("the");
  const all = transcript.chunks.reduce((n, c) => n + c.text.toLowerCase().split("the").length - 1, 0);
  await page.getByText(`1/${all}`, { exact: true }).waitFor();
  await find.press("Enter");
  await page.getByText(`2/${all}`, { exact: true }).waitFor();
  await page.locator("mark[data-now]").waitFor();
  await done(page);
});

test("5,000 segments: few rows in the document, all of them reachable", options, async () => {
  const page = await lecture("long", "Transcript");
  await page.locator(".seg").first().waitFor();
  const rows = () => page.locator(".seg").count();
  const before = await rows();
  assert.ok(before > 3 && before < 80, `${before} rows`);
  const measured = await page.evaluate(async () => {
    const box = document.querySelector(".transcript-scroll");
    box.dispatchEvent(new WheelEvent("wheel"));
    const gaps = [];
    let last = performance.now();
    let most = 0;
    for (let i = 0; i < 240; i++) {
      box.scrollTop += box.scrollHeight / 240;
      await new Promise(requestAnimationFrame);
      const now = performance.now();
      gaps.push(now - last);
      last = now;
      most = Math.max(most, document.querySelectorAll(".seg").length);
    }
    gaps.sort((a, b) => a - b);
    return { median: gaps[120], p95: gaps[228], most };
  });
  console.log(`# scrolling through 5,000 segments: frame ${measured.median.toFixed(1)} ms median, ${measured.p95.toFixed(1)} ms p95`);
  assert.ok(measured.most < 80, `${measured.most} rows at once`);
  await page.waitForFunction((last) => {
    const box = document.querySelector(".transcript-scroll");
    box.scrollTop = box.scrollHeight;
    return box.textContent.includes(last);
  }, `Segment${LONG - 1} `);
  await page.getByLabel("Find in the transcript").fill("segment2500 ");
  await page.getByText("1/1", { exact: true }).waitFor();
  await page.locator(".seg", { hasText: "Segment2500 " }).waitFor();
  await page.getByRole("button", { name: "50 doubtful" }).click();
  await page.getByText("Perhaps misheard").first().waitFor();
  await done(page);
});

test("follow keeps what is said in view, scrolling rests it", options, async () => {
  const page = await lecture("long", "Transcript", { query: "?t=2" });
  await page.locator(".seg[data-active]").waitFor();
  await page.keyboard.press("9");
  const shown = () =>
    page.waitForFunction(() => {
      const row = document.querySelector(".seg[data-active]")?.getBoundingClientRect();
      const box = document.querySelector(".transcript-scroll").getBoundingClientRect();
      return row && row.top >= box.top - 1 && row.bottom <= box.bottom + 1;
    });
  await shown();
  await page.locator(".transcript-scroll").hover();
  await page.mouse.wheel(0, 4000);
  await page.getByRole("button", { name: "Back to what is said now" }).click();
  await shown();
  await done(page);
});

test("notes: tables, formulas and code; raw HTML and scripts are text; gaps are told", options, async () => {
  const page = await lecture("rich", "Notes");
  await page.locator(".katex").first().waitFor();
  assert.equal(await page.locator(".note-section .katex").count(), 2);
  await page.getByRole("cell", { name: "worst" }).waitFor();
  await page.locator(".hljs-keyword", { hasText: "def" }).waitFor();
  await page.getByText("Beware").waitFor();
  assert.equal(await page.evaluate(() => globalThis.hacked), undefined);
  assert.equal(await page.locator(".note-section img[src='x'], .note-section script, a[href^='javascript']").count(), 0);
  await page.getByText("No note covers 0:40 to 0:55").waitFor();
  await accessible(page);
  await done(page);
});

test("edits and own notes are kept apart from what is generated", options, async () => {
  const page = await lecture(sample, "Notes", { permissions: ["clipboard-read", "clipboard-write"] });
  const generated = readFileSync(join(folder, "notes.json"), "utf8");
  const line = page.locator(".note-line", { hasText: "Data Structures and Algorithms" }).first();
  await line.hover();
  await line.getByRole("button", { name: "Edit this line" }).click();
  await page.getByRole("textbox", { name: "Edit this line" }).fill("Course: **algorithms**");
  await page.keyboard.press("Control+Enter");
  await page.locator(".note-line[data-edited] strong", { hasText: "algorithms" }).waitFor();
  await page.getByRole("textbox", { name: "My own notes" }).fill("Ask about the empty list");
  await page.getByText("Saved", { exact: true }).waitFor();
  const kept = await at.service.api("GET", `/api/v1/recordings/${sample}`);
  assert.deepEqual(Object.values(kept.edits), ["Course: **algorithms**"]);
  assert.equal(kept.userNotes, "Ask about the empty list");
  assert.equal(readFileSync(join(folder, "notes.json"), "utf8"), generated);
  await page.getByRole("button", { name: "Copy as Markdown" }).click();
  await page.getByText("Copied").waitFor();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  assert.match(copied, /^# Binary Search\n[^]*Course: \*\*algorithms\*\*[^]*## My notes\n\nAsk about the empty list/);
  await page.reload();
  const edited = page.locator(".note-line[data-edited]");
  await edited.hover();
  await edited.getByRole("button", { name: "Edit this line" }).click();
  await page.getByRole("button", { name: "Take my edit back" }).click();
  await page.locator(".note-line", { hasText: "Data Structures and Algorithms" }).first().waitFor();
  await edited.waitFor({ state: "detached" });
  await done(page);
});

test("a doubtful passage: listen to it, transcribe it again, the rest stays", options, async () => {
  const page = await lecture("doubtful", "Transcript");
  const row = page.locator(".seg[data-suspect]");
  await row.getByText("Perhaps misheard").waitFor();
  const { start, end } = transcript.chunks[4];
  await row.getByRole("button", { name: "Listen" }).click();
  await page.waitForFunction((t) => document.querySelector("video").currentTime >= t, start);
  await page.waitForFunction(() => document.querySelector("video").paused);
  assert.ok((await time(page)) < end + 1.5);
  await row.getByRole("button", { name: "Transcribe again" }).click();
  await page.getByRole("dialog").getByText(WRONG).waitFor();
  await accessible(page);
  await page.getByRole("button", { name: "Start" }).click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.locator(".seg-text", { hasText: WRONG }).waitFor({ state: "detached", timeout: 300_000 });
  const now = (await at.service.api("GET", "/api/v1/recordings/doubtful/transcript")).chunks;
  const outside = (list) => list.filter((c) => c.end < start - 0.5 || c.start > end + 0.5).map((c) => c.text);
  assert.deepEqual(outside(now), outside(transcript.chunks));
  assert.ok(now.some((c) => /definitions/.test(c.text) && c.start > start - 1), "the passage was heard");
  const stages = (await at.service.api("GET", "/api/v1/recordings/doubtful")).stages;
  assert.equal(stages.find((s) => s.name === "transcription").state, "done");
  await done(page);
});

test("every tab, by day and by night, wide and narrow: accessible", options, async () => {
  for (const [width, colorScheme] of [
    [1280, "dark"],
    [375, "light"],
  ]) {
    const page = await lecture(sample, null, { viewport: { width, height: 800 }, colorScheme });
    await page.locator(".note-line").first().waitFor();
    const shift = await layoutShift(page);
    assert.ok(shift < 0.05, `layout shift ${shift} at ${width}`);
    for (const tab of ["Summary", "Transcript", "Slides", "Flashcards", "Announcements", "Notes"]) {
      await page.getByRole("tab", { name: tab }).click();
      await page.getByRole("tabpanel").locator(".seg, .note-line, .slides-list li, .card-list li, .announcements li").first().waitFor();
      await accessible(page);
      assert.ok((await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0, `${tab} at ${width}`);
    }
    await done(page);
  }
});

test("the border between video and tabs moves and is remembered", options, async () => {
  const page = await lecture(sample, null);
  const bar = page.getByRole("separator");
  const before = Number(await bar.getAttribute("aria-valuenow"));
  await bar.focus();
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("ArrowLeft");
  assert.equal(Number(await bar.getAttribute("aria-valuenow")), before - 4);
  await page.reload();
  await bar.waitFor();
  assert.equal(Number(await bar.getAttribute("aria-valuenow")), before - 4);
  await done(page);
});

test("a restart of the service in the middle: the page waits and goes on", options, async () => {
  const page = await lecture(sample, "Transcript", { query: "?t=20" });
  await timeIs(page, 20);
  await at.service.stop();
  await page.getByText("The service does not answer").waitFor();
  await at.service.start();
  await page.getByText("The service does not answer").waitFor({ state: "detached" });
  const w = transcript.chunks[3].words[1];
  await page.locator(`.word[data-t="${w.start}"]`).click();
  await timeIs(page, w.start);
  await at.service.api("PATCH", `/api/v1/recordings/${sample}`, { title: "Binary Search II" });
  await page.getByRole("heading", { level: 1, name: "Binary Search II" }).waitFor();
  await done(page, GONE);
});
