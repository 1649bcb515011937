// Draws the dashboard: pages and states over the sample lecture, real but for answers that are
// put in where a state is rare. Not a test. See docs/server.md.
//
//   pictures_dashboard.mjs OUT            the four pictures of docs/images
//   pictures_dashboard.mjs OUT look [X]   every state, for a look; names that match X
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { dashboard } from "./lib/dashboard.mjs";
import { copyLecture, longTranscript, rescan, sampleFolder } from "./lib/lectures.mjs";
import { sampleLibrary } from "./lib/sample.mjs";
import { scratch } from "./lib/service.mjs";

const [, , out, all, only = ""] = process.argv;
const library = await sampleLibrary(join(scratch("pictures"), "library"));
const folder = sampleFolder(library);
const sample = JSON.parse(readFileSync(join(folder, "metadata.json"), "utf8")).id;
const copies = [
  ["Graphs 3: shortest paths", "Graphs", ["exam"], "2026-11-24"],
  ["Hashing: collisions and load factor", "", ["revise"], "2026-11-20"],
  ["Dynamic programming 1: from recursion to tables", "Dynamic programming", [], "2026-11-17"],
  ["Sorting: merge, quick, and why it matters", "", [], "2026-11-12"],
  ["SQL joins and how they are executed", "Databases", ["exam"], "2026-11-09"],
];
copies.forEach(([title, folderName, tags, date], i) => {
  const f = copyLecture(library, title.replace(/[:,]/g, ""), { id: `copy${i}`, date, change: (m) => Object.assign(m, { title }) });
  // The first slide is the picture of a lecture: not the same for all.
  const slides = readdirSync(join(f, "slides")).filter((s) => s.endsWith(".png")).sort();
  for (const s of slides.slice(0, (i + 1) % slides.length)) rmSync(join(f, "slides", s));
  writeFileSync(join(f, "user_notes.json"), JSON.stringify({ version: 1, tags, folder: folderName, notes: "", edits: {} }));
});
if (all === "look") copyLecture(library, "Long", { id: "long", date: "2026-01-02", change: (_, f) => longTranscript(f, 5000) });
rescan(library);
const at = await dashboard({ library });
const empty = await dashboard({ name: "empty" });
const base = at.service.url;

const day = (n) => `2026-11-${String(n).padStart(2, "0")}T10:1${n % 10}:00Z`;
const job = (id, kind, state, title, more = {}) => ({
  id, kind, state, lectureId: null, title, priority: 0, position: 1, attempts: 1, maxAttempts: 3, progress: 0, stage: null, message: null,
  rate: 0, eta: null, error: null, created: day(20), started: day(20), ended: null, notBefore: null, ...more,
});
const QUEUE = {
  queue: [], history: [],
  jobs: [
    job("r1", "download", "running", "Graphs 4: minimum spanning trees", { progress: 43.2, stage: "download", rate: 11.4e6, eta: 74 }),
    job("r2", "process", "running", "Hashing: collisions and load factor", { progress: 61, stage: "transcription", rate: 9.3, eta: 412, lectureId: "copy1" }),
    job("w1", "process", "waiting", "Sorting: merge, quick, and why it matters", { position: 1 }),
    job("w2", "process", "waiting", "A lecture whose title is so long that it cannot stand in one line of a narrow window and has to be broken", { position: 2, priority: 10 }),
    job("w3", "import", "waiting", "recording-2026-11-20.mp4", { position: 3, notBefore: "2099-01-01T10:00:00Z", error: { detail: "the server could not give the playlist (HTTP 503)", code: "network", hint: "Check the connection and try again." } }),
    job("p1", "download", "paused", "Segment trees", { progress: 57, error: { detail: "could not download \"Segment trees\": the server refused segment 412 (HTTP 403); the signature ended at 14:02", code: "signature_expired", hint: "Open the lecture in the browser once and run `scaler add` again with the fresh values; everything fetched so far is kept." } }),
    job("p2", "process", "paused", "Tries", { progress: 12, error: { detail: "stopped on request", code: "cancelled", hint: "" } }),
    job("f1", "process", "failed", "Heaps", { progress: 33, attempts: 3, ended: day(21), error: { detail: "could not process \"Heaps\": the speech engine ended with signal 9", code: "engine", hint: "Try another engine or model; what the engine said is in the log." } }),
    job("f2", "download", "failed", "Bit tricks", { progress: 80, ended: day(21), error: { detail: "there is no room for 912 MB", code: "disk_full", hint: "Free some space and run the same command again." } }),
    job("d1", "process", "done", "Binary Search", { ended: "2026-11-20T10:14:00Z", lectureId: sample }),
    job("d2", "download", "cancelled", "Arrays 2", { ended: "2026-11-20T10:12:00Z" }),
  ],
};
const answer = (body, status = 200) => (route) => route.fulfill({ status, json: body });
const never = () => {};
const REFUSED = { detail: "the library's catalog cannot be read: disk I/O error", code: "io", hint: "Check the disk, then try again." };
/** Some lectures of the list in other states. */
const busy = async (route) => {
  const list = await (await route.fetch()).json();
  const put = (i, change) => Object.assign(list.recordings[i], { processed: false }, change);
  put(0, { status: "processing", state: "processing", progress: 61 });
  put(1, { status: "downloading", state: "downloading", progress: 43, thumbnail: null, duration: 0 });
  put(2, { status: "error", state: "error", errorCode: "engine", message: "could not process \"x\": the speech engine ended with signal 9" });
  put(3, { status: "error", state: "paused", errorCode: "signature_expired", message: "the server refused segment 412 (HTTP 403); the signature ended at 14:02" });
  put(4, { status: "downloaded", state: "downloaded" });
  await route.fulfill({ json: list });
};
/** The sample as if something were missing or under way. */
const lecture = (change) => async (route) => {
  const one = await (await route.fetch()).json();
  change(one);
  await route.fulfill({ json: one });
};
const bare = (one) => {
  Object.assign(one.artifacts, { notes: null, notes_json: null, transcript: null, transcript_json: null, summary: null, qa_cards: null, announcements: null, slides_json: null, slides: null });
  delete one.notes;
  delete one.slides;
};
const PARTIAL = { chunks: Array.from({ length: 30 }, (_, i) => ({ start: i * 7, end: i * 7 + 6, text: "so we look at the middle of the list and throw one half of it away" })) };
const one = `**/api/v1/recordings/${sample}`;
const list = "**/api/v1/recordings";
const tab = (name) => async (page) => {
  await page.getByRole("tab").nth(["notes", "summary", "transcript", "slides", "cards", "announcements"].indexOf(name)).click();
};
const L = `/lecture/${sample}`;
const waitH1 = (page) => page.locator("h1").first().waitFor();

/** name: [path, {routes, act, of}] */
const VIEWS = {
  library: ["/", { routes: { [list]: busy } }],
  "library-list": ["/", { routes: { [list]: busy }, act: (p) => p.locator("button[aria-label='As a list'], button[aria-label='सूची के रूप में']").click() }],
  "library-bulk": ["/", { act: async (p) => { await p.locator("input[type=checkbox]").nth(1).check({ force: true }); await p.locator("input[type=checkbox]").nth(2).check({ force: true }); } }],
  "library-empty": ["/", { of: empty }],
  "library-loading": ["/", { routes: { [list]: never } }],
  "library-error": ["/", { routes: { [list]: answer(REFUSED, 500) }, slow: 5000 }],
  "library-import": ["/", { act: (p) => p.locator(".page-head .btn-main, header .btn-main").first().click() }],
  "library-process": ["/", { act: async (p) => { await p.locator(".lib-card [aria-haspopup], .lib-card .btn").first().click(); await p.getByRole("menuitem").first().click(); } }],
  notes: [L, { act: tab("notes") }],
  summary: [L, { act: tab("summary") }],
  transcript: [L, { act: tab("transcript") }],
  slides: [L, { act: tab("slides") }],
  cardstab: [L, { act: tab("cards") }],
  announcements: [L, { act: tab("announcements") }],
  "lecture-processing": [L, { routes: { [one]: lecture((x) => { bare(x); Object.assign(x, { status: "processing", state: "processing", processed: false, progress: 31 }); }), [`${one}/transcript/partial`]: answer(PARTIAL), [list]: async (r) => { const l = await (await r.fetch()).json(); for (const x of l.recordings) if (x.id === sample) Object.assign(x, { status: "processing", state: "processing", processed: false, progress: 31 }); await r.fulfill({ json: l }); } }, act: tab("transcript") }],
  "lecture-failed": [L, { routes: { [one]: lecture((x) => { bare(x); }), [list]: async (r) => { const l = await (await r.fetch()).json(); for (const x of l.recordings) if (x.id === sample) Object.assign(x, { status: "error", state: "error", processed: false, errorCode: "engine", message: "could not process \"Binary Search\": the speech engine ended with signal 9" }); await r.fulfill({ json: l }); } }, act: tab("notes") }],
  "lecture-novideo": [L, { routes: { [one]: lecture((x) => { x.artifacts.video = null; }) }, act: tab("notes") }],
  "lecture-notranscript": [L, { routes: { [one]: lecture(bare) }, act: tab("transcript") }],
  "lecture-gone": ["/lecture/nothing", {}],
  cards: ["/cards", {}],
  "cards-session": ["/cards", { act: async (p) => { await p.locator(".btn-main").first().click(); await p.keyboard.press("Space"); } }],
  "cards-front": ["/cards", { act: (p) => p.locator(".btn-main").first().click() }],
  "cards-empty": ["/cards", { of: empty }],
  search: ["/search", {}],
  "search-hits": ["/search?q=middle", {}],
  "search-none": ["/search?q=xylophone", {}],
  "search-empty": ["/search", { of: empty }],
  queue: ["/queue", { routes: { "**/api/v1/queue": answer(QUEUE) }, full: true }],
  "queue-empty": ["/queue", { of: empty }],
  settings: ["/settings", { full: true }],
  system: ["/system", { full: true, slow: 4000 }],
  palette: ["/", { act: async (p) => { await p.keyboard.press("Control+k"); await p.keyboard.type("bin", { delay: 20 }); } }],
  keys: [L, { act: (p) => p.keyboard.press("?") }],
  signin: ["/", { routes: { "**/api/v1/session": answer({ needsKey: true, signedIn: false, scopes: [] }) } }],
  offline: ["/", { act: async (p) => { await p.context().setOffline(true); await p.evaluate(() => fetch("/x").catch(() => {})); }, routes: { "**/api/v1/events*": (r) => r.abort() }, slow: 1500 }],
  missing: ["/nowhere", {}],
};

async function draw(name, [path, { routes = {}, act, of = at, slow = 700, full }], { dark, language, width, height, file }) {
  const context = await of.browser.newContext({
    viewport: { width, height },
    locale: language === "hi" ? "hi-IN" : "en-GB",
    colorScheme: dark ? "dark" : "light",
    reducedMotion: "reduce",
  });
  context.setDefaultTimeout(8000);
  const page = await context.newPage();
  for (const [pattern, fn] of Object.entries(routes)) await page.route(pattern, fn);
  try {
    await page.goto(of.service.url + path);
    await waitH1(page).catch(() => {});
    await page.waitForTimeout(300);
    if (act) await act(page);
    await page.waitForTimeout(slow);
    if (full) {
      const h = await page.evaluate(() => Math.max(document.documentElement.scrollHeight, ...[...document.querySelectorAll("main, .main")].map((m) => m.scrollHeight)));
      await page.setViewportSize({ width, height: Math.min(7000, Math.max(height, h + 80)) });
      await page.waitForTimeout(200);
    }
    if (file) {
      const devtools = await context.newCDPSession(page);
      const { data } = await devtools.send("Page.captureScreenshot", { format: "webp", quality: 82 });
      writeFileSync(file, Buffer.from(data, "base64"));
    } else {
      await page.screenshot({ path: join(out, `${name}-${width}${dark ? "-dark" : ""}${language === "hi" ? "-hi" : ""}.png`) });
    }
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    if (wide > 0) console.log(`${name} ${width}: ${wide} px wider than the window`);
  } catch (e) {
    console.log(`${name} ${width}: ${String(e).split("\n")[0]}`);
    await page.screenshot({ path: join(out, `${name}-${width}-stuck.png`) });
  }
  await context.close();
}

if (all === "look") {
  for (const [name, view] of Object.entries(VIEWS)) {
    if (only && !new RegExp(only).test(name)) continue;
    for (const v of (process.env.VARIANTS ?? "1280,360-dark-hi").split(",")) {
      const [width, ...marks] = v.split("-");
      const height = Number(width) < 700 ? 760 : Number(width) > 2000 ? 1300 : 800;
      await draw(name, view, { width: Number(width), height, dark: marks.includes("dark"), language: marks.includes("hi") ? "hi" : "en" });
    }
  }
} else {
  const play = (name, t) => async (p) => {
    await tab(name)(p);
    await p.evaluate((s) => { document.querySelector("video").currentTime = s; }, t);
  };
  const wide = { language: "en", width: 1280, height: 800 };
  await draw("lecture", [L, { act: play("notes", 32), slow: 1500 }], { ...wide, file: join(out, "dashboard-lecture.webp") });
  await draw("dark", [L, { act: play("transcript", 62), slow: 1500 }], { ...wide, dark: true, file: join(out, "dashboard-lecture-dark.webp") });
  await draw("library", ["/", {}], { ...wide, file: join(out, "dashboard-library.webp") });
  await draw("phone", [L, { act: play("notes", 62), slow: 1500 }], { language: "en", width: 375, height: 760, file: join(out, "dashboard-phone.webp") });
}
await at.close();
await empty.close();
