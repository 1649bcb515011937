// The lecture page: video, transcript and notes in step; a student's own words; doubtful passages.
import assert from "node:assert/strict";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { accessible, dashboard, done, GONE, layoutShift, noDashboard, open } from "./lib/dashboard.mjs";
import { copyLecture, longTranscript, rescan, sampleFolder } from "./lib/lectures.mjs";
import { sampleLibrary } from "./lib/sample.mjs";
import { scratch } from "./lib/service.mjs";

const options = { skip: noDashboard };
const LONG = 5000;
const SILENT = [4, 4]; // segments that the quiet lecture does not have: from, how many
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
  copyLecture(library, "Quiet", {
    id: "quiet",
    date: "2026-01-05",
    change: (_, f) => {
      const t = structuredClone(transcript);
      t.chunks.splice(SILENT[0], SILENT[1]);
      writeFileSync(join(f, "transcript.json"), JSON.stringify(t));
    },
  });
  copyLecture(library, "Talk", {
    id: "talk",
    date: "2026-01-06",
    change: (_, f) => {
      const t = structuredClone(transcript);
      t.chunks.forEach((c, i) => Object.assign(c, { speaker: i % 4 === 3 ? "SPEAKER_01" : "SPEAKER_00" }));
      writeFileSync(join(f, "transcript.json"), JSON.stringify(t));
    },
  });
  copyLecture(library, "Unheard", {
    id: "unheard",
    date: "2026-01-07",
    change: (_, f) => {
      for (const name of readdirSync(f)) if (/^(transcript|lecture_notes|notes|summary|qa_)/.test(name)) rmSync(join(f, name));
    },
  });
  copyLecture(library, "Holes", {
    id: "holes",
    date: "2026-01-08",
    change: (meta) => Object.assign(meta, { gaps: [[7, 9.5]], warnings: ["No speech was found in the sound."] }),
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

test("the time line has a piece for each chapter, tells it under the pointer, and seeks", options, async () => {
  const page = await lecture(sample, "Notes");
  const { chapters } = (await at.service.api("GET", `/api/v1/recordings/${sample}`)).notes;
  assert.ok(chapters.length > 2);
  await page.locator(".timeline-piece").nth(chapters.length - 1).waitFor();
  assert.equal(await page.locator(".timeline-piece").count(), chapters.length);
  const bar = await page.locator(".timeline-bar").boundingBox();
  const duration = await page.evaluate(() => document.querySelector("video").duration);
  for (const c of chapters.slice(1)) {
    const middle = (c.start + c.end) / 2;
    await page.mouse.move(bar.x + (bar.width * middle) / duration, bar.y + bar.height / 2);
    await page.locator(".timeline-tip-title", { hasText: c.title }).waitFor();
    await page.locator(".timeline-tip img").waitFor();
    await page.mouse.down();
    await page.mouse.up();
    await timeIs(page, middle, (2 * duration) / bar.width);
  }
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

test("speed from 0.5 to 3, by keys and menu, remembered", options, async () => {
  const page = await lecture(sample, "Notes");
  await page.getByRole("heading", { level: 1 }).click();
  const rate = (r) => page.waitForFunction((r) => document.querySelector("video").playbackRate === r, r);
  for (const r of [0.75, 0.5, 0.5]) {
    await page.keyboard.press("<");
    await rate(r);
  }
  for (const r of [0.75, 1, 1.25, 1.5, 1.75, 2, 2.5, 3, 3]) {
    await page.keyboard.press(">");
    await rate(r);
  }
  await page.reload();
  await page.waitForFunction(() => document.querySelector("video")?.readyState >= 1);
  await rate(3);
  await page.getByText("3×", { exact: true }).waitFor();
  await done(page);
});

test("silence is skipped when wanted, and only then", options, async () => {
  const start = transcript.chunks[SILENT[0] - 1].end;
  const end = transcript.chunks[SILENT[0] + SILENT[1]].start;
  assert.ok(end - start > 5, `a silence of ${end - start} s`);
  const page = await lecture("quiet", "Transcript", { query: `?t=${start - 0.5}` });
  await page.locator(".seg").first().waitFor();
  await timeIs(page, start - 0.5);
  await page.evaluate(() => {
    globalThis.seeks = [];
    const video = document.querySelector("video");
    video.addEventListener("seeking", () => globalThis.seeks.push(video.currentTime));
  });
  await page.getByRole("heading", { level: 1 }).click();
  await page.keyboard.press("s");
  await page.getByRole("button", { name: /Skip silence/ }).and(page.locator("[aria-pressed=true]")).waitFor();
  await page.keyboard.press("k");
  // It plays on from just before the next words.
  await page.waitForFunction((to) => globalThis.seeks.some((t) => Math.abs(t - to) < 0.2), end - 0.3);
  await page.waitForFunction((end) => document.querySelector("video").currentTime > end, end);
  await page.keyboard.press("k");
  await page.keyboard.press("s");
  await page.locator(".seg").first().waitFor();
  await page.goto(`${at.service.url}/lecture/quiet?t=${start + 1}`);
  await page.waitForFunction(() => document.querySelector("video")?.readyState >= 1);
  await timeIs(page, start + 1);
  await page.evaluate(() => {
    globalThis.seeks = [];
    const video = document.querySelector("video");
    video.addEventListener("seeking", () => globalThis.seeks.push(video.currentTime));
  });
  await page.getByRole("heading", { level: 1 }).click();
  await page.keyboard.press("k");
  await page.waitForFunction((t) => document.querySelector("video").currentTime > t, start + 2);
  assert.deepEqual(await page.evaluate(() => globalThis.seeks), []);
  await done(page);
});

test("picture in picture: button and key, and the button says so", options, async () => {
  const page = await lecture(sample, "Notes");
  // A browser without a window has no picture to float: what is asked of it counts.
  await page.addInitScript(() => {
    let inside = null;
    Object.defineProperty(document, "pictureInPictureEnabled", { get: () => true });
    Object.defineProperty(document, "pictureInPictureElement", { get: () => inside });
    HTMLVideoElement.prototype.requestPictureInPicture = async function () {
      inside = this;
      this.dispatchEvent(new Event("enterpictureinpicture"));
    };
    document.exitPictureInPicture = async () => {
      const video = inside;
      inside = null;
      video.dispatchEvent(new Event("leavepictureinpicture"));
    };
  });
  await page.reload();
  await page.waitForFunction(() => document.querySelector("video")?.readyState >= 1);
  const button = page.getByRole("button", { name: /Picture in picture/ });
  const is = (on) => button.and(page.locator(`[aria-pressed=${on}]`)).waitFor();
  await is(false);
  await button.click();
  await is(true);
  await page.getByRole("heading", { level: 1 }).click();
  await page.keyboard.press("i");
  await is(false);
  await page.keyboard.press("i");
  await is(true);
  await done(page);
});

test("speakers: shown where they change, filtered, named by the student", options, async () => {
  const page = await lecture("talk", "Transcript");
  await page.locator(".seg").nth(4).waitFor();
  assert.deepEqual((await page.locator(".seg-speaker").allTextContents()).slice(0, 3), ["Speaker 1", "Speaker 2", "Speaker 1"]);
  await accessible(page);
  await page.getByRole("button", { name: "Speakers" }).click();
  await page.getByRole("menuitemradio", { name: "Speaker 2" }).click();
  await page.waitForFunction(() => document.querySelectorAll(".seg-speaker").length === 1);
  const said = transcript.chunks.filter((_, i) => i % 4 === 3).map((c) => c.text);
  assert.deepEqual((await page.locator(".seg-text").allTextContents()).slice(0, 2), said.slice(0, 2));
  await page.getByRole("button", { name: "Speaker 2" }).click();
  await page.getByRole("menuitemradio", { name: "Everybody" }).click();
  await page.getByRole("button", { name: "Speakers" }).click();
  await page.getByRole("menuitem", { name: "Name the speakers" }).click();
  await page.getByRole("dialog").getByLabel(/^Speaker 1/).fill("Prof. Rao");
  await accessible(page);
  await page.getByRole("button", { name: "Save" }).click();
  await page.locator(".seg-speaker", { hasText: "Prof. Rao" }).first().waitFor();
  const path = (await at.service.api("GET", "/api/v1/recordings/talk")).path;
  assert.match(readFileSync(join(path, "user_notes.json"), "utf8"), /Prof\. Rao/);
  assert.doesNotMatch(readFileSync(join(path, "transcript.json"), "utf8"), /Rao/);
  await page.reload();
  await page.locator(".seg-speaker", { hasText: "Prof. Rao" }).first().waitFor();
  await done(page);
});

test("while a lecture is transcribed, its sentences come as they are heard", options, async () => {
  const page = await lecture("unheard", "Transcript");
  await page.getByText("There is no transcript yet").waitFor();
  await page.evaluate(() => {
    globalThis.sameDocument = true;
    globalThis.heard = new Set();
    new MutationObserver(() => {
      for (const line of document.querySelectorAll(".live-line")) globalThis.heard.add(line.textContent);
    }).observe(document.body, { subtree: true, childList: true });
  });
  const { processId } = await at.service.api("POST", "/api/v1/process", {
    recordingId: "unheard",
    skipFrames: true,
    skipNotes: true,
  });
  await page.waitForFunction(() => globalThis.heard.size > 0, null, { timeout: 600_000 });
  const early = await page.evaluate(() => [...globalThis.heard][0]);
  // Who opens the page now sees what was heard before, although nothing comes while it rests.
  await at.service.api("POST", `/api/v1/jobs/${processId}/pause`, {});
  let state;
  do ({ state } = await at.service.api("GET", `/api/v1/jobs/${processId}`));
  while (state === "running");
  assert.equal(state, "paused");
  const late = await lecture("unheard", "Transcript");
  await late.locator(".live-line", { hasText: early }).waitFor();
  await accessible(late);
  await late.locator(".live-line button").first().click();
  await late.waitForFunction(() => document.querySelector("video").currentTime > 0);
  await at.service.api("POST", `/api/v1/jobs/${processId}/resume`, {});
  await late.locator(".seg").nth(3).waitFor({ timeout: 600_000 });
  await done(late);
  // In the end the whole transcript stands there, without loading the page again.
  await page.locator(".seg").nth(3).waitFor({ timeout: 600_000 });
  const heard = await page.evaluate(() => [...globalThis.heard].join(" "));
  const words = (await page.locator(".seg-text").first().textContent()).toLowerCase().match(/\w+/g);
  assert.ok(words.some((w) => w.length > 3 && heard.toLowerCase().includes(w)), `${heard} / ${words}`);
  assert.equal(await page.evaluate(() => globalThis.sameDocument), true);
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
  // Switched off, the list stays where the reader is.
  const follow = page.getByRole("button", { name: "Follow the video" });
  await follow.click();
  await follow.and(page.locator("[aria-pressed=false]")).waitFor();
  const place = () => page.locator(".transcript-scroll").evaluate((e) => e.scrollTop);
  const before = await place();
  await page.getByRole("heading", { level: 1 }).click();
  await page.keyboard.press("1");
  await page.waitForFunction(() => document.querySelector("video").currentTime < 20);
  await page.evaluate(() => new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go))));
  assert.equal(await place(), before);
  await follow.click();
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

test("what the video lacks is told, with its second, and what else was remarked", options, async () => {
  const page = await lecture("holes");
  const note = page.getByRole("region", { name: "What is odd about this lecture" });
  await note.getByText("Missing from this video:").waitFor();
  await note.getByRole("button", { name: "0:07–0:09" }).click();
  await page.waitForFunction(() => document.querySelector("video").currentTime >= 7);
  await note.getByText("1 remark").click();
  await note.getByText("No speech was found in the sound.").waitFor();
  await accessible(page);
  await done(page);
  const whole = await lecture(sample);
  assert.equal(await whole.getByRole("region", { name: "What is odd about this lecture" }).count(), 0);
  await done(whole);
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
