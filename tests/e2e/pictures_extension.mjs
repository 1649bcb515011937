// Draws every state of the popup for docs/images: the real pages, with answers in place of the
// worker's. Not a test. Usage: see docs/extension.md.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Browser } from "./lib/extension.mjs";

const out = process.argv[2];
const only = process.argv[3]; // "raw": as they are, for a look; otherwise few colours, for the documents
const lecture = {
  id: "l", title: "Segment Trees: lazy propagation and range updates", course: "31415", live: false, duration: 7384, tailOnly: false,
  qualities: [{ id: "a", label: "1080p", bandwidth: 1 }, { id: "b", label: "720p", bandwidth: 1 }], height: 1080, bytes: 912e6,
  refused: false, looked: true, signed: true,
};
const job = {
  id: "j", nonce: "n", title: lecture.title, identities: [], page: "https://www.scaler.com/", started: 0, state: "downloading", progress: 43.2,
  stage: "", rate: 11.4e6, eta: 74, detail: "", hint: "", recording: "r", path: "", process: "", wantsProcess: true, sent: "", told: false, updated: 0, failed: "",
};
const dashboard = "http://localhost:8000/lecture/r";
const of = (change) => ({ state: "job", job: { ...job, ...change }, dashboard });
const VIEWS = {
  offline: { state: "offline", backend: "http://localhost:8000" },
  unpaired: { state: "unpaired" },
  none: { state: "none" },
  elsewhere: { state: "elsewhere", origins: [], host: "video.school.example" },
  play: { state: "play", hasVideo: true },
  reload: { state: "reload" },
  live: { state: "live", lecture: { ...lecture, live: true, bytes: null, height: 720, qualities: [] } },
  stale: { state: "stale", lecture },
  ready: { state: "ready", lecture, others: [] },
  there: { state: "there", lecture, status: "processed", dashboard },
  downloading: of({}),
  signature: of({ state: "signature" }),
  processing: of({ state: "processing", stage: "transcription", progress: 61, rate: 0, eta: 412 }),
  paused: of({ state: "paused" }),
  complete: of({ state: "complete" }),
  error: of({ state: "error", detail: "The disk has no room for the video: 912 MB are needed, 300 MB are free.", hint: "Make room, then try again." }),
};

const dir = mkdtempSync(join(tmpdir(), "scaler-pictures-"));
for (const language of only === "raw" ? ["en-US", "hi"] : ["en-US"]) {
  const browser = await new Browser().start({ dir: join(dir, language), language });
  for (const dark of [false, true]) {
    for (const [name, view] of Object.entries({ ...VIEWS, part: VIEWS.ready, options: null })) {
      const suffix = `${dark ? "-dark" : ""}${language === "hi" ? "-hi" : ""}`;
      if (only !== "raw" && suffix && !["ready", "downloading"].includes(name)) continue;
      const page = await browser.context.newPage();
      await page.emulateMedia({ colorScheme: dark ? "dark" : "light", reducedMotion: "reduce" });
      await page.setViewportSize(view ? { width: 360, height: 200 } : { width: 760, height: 900 });
      if (view) await page.addInitScript((v) => { chrome.runtime.sendMessage = async () => ({ view: v }); }, view);
      await page.goto(`chrome-extension://${browser.id}/${view ? "popup" : "options"}.html`);
      if (view) await page.waitForSelector("main[data-state] #action");
      else await page.waitForFunction(() => document.getElementById("backend-status").textContent);
      if (name === "part") {
        await page.locator("summary").click();
        await page.locator("#from").fill("0:15:00");
        await page.locator("#to").fill("2:30:00");
      }
      const file = join(out, `extension-${name}${suffix}.png`);
      await page.screenshot({ path: file, fullPage: true, caret: "initial" });
      if (only !== "raw") {
        execFileSync("ffmpeg", ["-v", "error", "-y", "-i", file, "-vf", "split[a][b];[a]palettegen=max_colors=96[p];[b][p]paletteuse=dither=none", `${file}.png`]);
        execFileSync("mv", [`${file}.png`, file]);
      }
      await page.close();
    }
  }
  await browser.close();
}
rmSync(dir, { recursive: true, force: true });
