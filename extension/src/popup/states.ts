/** One sentence and one action for each state. */
import { clock, parseRange, size } from "../shared/format";
import { text } from "../shared/i18n";
import type { Job } from "../shared/jobs";
import type { LectureView, View } from "../shared/view";
import { el } from "./dom";
import type { Action } from "./main";

type Act = (what: Action) => Promise<string>;
type Tone = "" | "act" | "good" | "wait" | "wrong";

const CLASSES_ON_SCALER = "https://www.scaler.com/academy/mentee-dashboard/todos";

/** What must be drawn anew: while it stays the same, only numbers move and nothing typed is lost. */
export function shapeOf(view: View): string {
  if (view.state === "job")
    return `job ${view.job.nonce} ${view.job.state} ${view.job.detail} ${view.dashboard}`;
  if (view.state === "ready")
    return `ready ${view.lecture.id} ${view.lecture.qualities.length} ${view.others.length}`;
  if (view.state === "there" || view.state === "live" || view.state === "stale")
    return `${view.state} ${view.lecture.id}`;
  return JSON.stringify(view);
}

export function draw(main: HTMLElement, view: View, act: Act): void {
  const parts = partsOf(view, act);
  main.dataset.state = view.state === "job" ? view.job.state : view.state;
  document.body.dataset.tone = toneOf(view);
  main.replaceChildren(...parts);
  refine(main, view);
}

/** What changes while the state stays: lengths that become known, progress. */
export function refine(main: HTMLElement, view: View): void {
  const meta = main.querySelector<HTMLElement>("[data-meta]");
  if (view.state === "job") {
    const bar = main.querySelector("progress");
    if (bar) bar.value = view.job.progress;
    if (meta) meta.textContent = join(numbersOf(view.job));
    const stage = main.querySelector<HTMLElement>("[data-stage]");
    if (stage) stage.textContent = stageOf(view.job);
  } else if ("lecture" in view) {
    if (meta) meta.textContent = join(factsOf(view.lecture));
    const note = main.querySelector<HTMLElement>("[data-note]");
    if (note && view.state === "ready") note.textContent = noteOf(view.lecture);
    main.dataset.duration = view.lecture.duration === null ? "" : String(view.lecture.duration);
    const title = main.querySelector<HTMLTextAreaElement>("#title");
    // Pages say their title late; what a student typed stays.
    if (title && title.value === title.dataset.page) setTitle(title, view.lecture.title);
    const head = main.querySelector("h1");
    if (head) head.textContent = view.lecture.title;
    const to = main.querySelector<HTMLInputElement>("#to");
    if (to) to.placeholder = view.lecture.duration === null ? "" : clock(view.lecture.duration);
  }
}

function toneOf(view: View): Tone {
  if (view.state === "ready" || view.state === "elsewhere") return "act";
  if (view.state === "live" || view.state === "stale") return "wait";
  if (view.state === "there") return "good";
  if (view.state === "offline") return "wrong";
  if (view.state !== "job") return "";
  const tones: Partial<Record<Job["state"], Tone>> = {
    complete: "good",
    processing: "good",
    error: "wrong",
    signature: "wait",
    paused: "wait",
  };
  return tones[view.job.state] ?? "act";
}

// ---- pieces ----

function setTitle(field: HTMLTextAreaElement, title: string): void {
  if (field.dataset.page === title) return;
  field.dataset.page = title;
  field.value = title;
}

function join(parts: string[]): string {
  return parts.filter(Boolean).join("  ·  ");
}

function say(sentence: string, mark = ""): HTMLElement {
  return el("p", { class: "say", [`data-${mark || "say"}`]: true }, sentence);
}

/** The one button. It tells when it did not work. */
function button(label: string, does: () => Action | null, act: Act): HTMLElement {
  const b = el("button", { id: "action", type: "button" }, text(label));
  const wrong = el("p", { class: "wrong", role: "alert", hidden: true });
  b.addEventListener("click", () => {
    const what = does();
    if (!what) return;
    b.disabled = true;
    wrong.hidden = true;
    act(what)
      .catch(() => text("errorUnknown"))
      .then((sentence) => {
        b.disabled = false;
        wrong.textContent = sentence;
        wrong.hidden = !sentence;
      });
  });
  return el("div", { class: "do" }, wrong, b);
}

function aside(label: string, does: () => unknown): HTMLElement {
  const a = el("a", { href: "#", class: "quiet" }, text(label));
  a.addEventListener("click", (e) => {
    e.preventDefault();
    void does();
  });
  return el("p", { class: "aside" }, a);
}

function meta(): HTMLElement {
  return el("p", { class: "meta", "data-meta": true });
}

function factsOf(l: LectureView): string[] {
  const best = l.qualities[0]?.label ?? (l.height > 0 ? `${l.height}p` : "");
  return [
    l.course ? text("classId", l.course) : "",
    l.live ? "" : l.duration !== null ? clock(l.duration) : l.looked ? text("lengthUnknown") : "…",
    best,
    l.bytes !== null ? text("about", size(l.bytes)) : "",
  ];
}

function noteOf(l: LectureView): string {
  if (l.tailOnly) return text("tailOnly");
  if (l.refused) return text("refused");
  return text("ready");
}

function numbersOf(j: Job): string[] {
  return [
    j.state === "starting" || j.state === "pending" ? text("waiting") : `${Math.floor(j.progress)} %`,
    j.rate > 0 ? `${size(j.rate)}/s` : "",
    j.eta >= 1 ? text("left", clock(j.eta)) : "",
  ];
}

function stageOf(j: Job): string {
  if (j.state !== "processing") return text("downloading");
  const known = ["transcription", "frames", "slides", "notes"];
  return text(known.includes(j.stage) ? `stage_${j.stage}` : "processing");
}

// ---- states ----

function partsOf(view: View, act: Act): Node[] {
  switch (view.state) {
    case "offline":
      return [
        say(text("offline")),
        el("code", {}, "scaler serve"),
        button("tryAgain", () => ({ type: "refresh" }), act),
      ];
    case "unpaired": {
      const url = chrome.runtime.getURL("options.html#pair");
      return [say(text("unpaired")), button("pair", () => ({ type: "open", url }), act)];
    }
    case "none":
      return [say(text("none")), button("openScaler", () => ({ type: "open", url: CLASSES_ON_SCALER }), act)];
    case "elsewhere":
      return [
        say(text("elsewhere", view.host)),
        button("allow", () => ({ type: "allow", origins: view.origins }), act),
      ];
    case "play":
      return [
        say(text("playFirst")),
        view.hasVideo
          ? button("play", () => ({ type: "play", tab: 0 }), act)
          : button("reloadPage", () => ({ type: "reload" }), act),
      ];
    case "reload":
      return [say(text("reload")), button("reloadPage", () => ({ type: "reload" }), act)];
    case "live":
      return [
        el("h1", {}, view.lecture.title),
        meta(),
        say(text("live")),
        button("checkNow", () => ({ type: "refresh" }), act),
      ];
    case "stale":
      return [
        el("h1", {}, view.lecture.title),
        meta(),
        say(text("stale")),
        button("reloadPage", () => ({ type: "reload" }), act),
      ];
    case "there":
      return [
        el("h1", {}, view.lecture.title),
        meta(),
        say(text("there")),
        button("openDashboard", () => ({ type: "open", url: view.dashboard }), act),
        aside("again", () => act({ type: "again", id: view.lecture.id })),
      ];
    case "ready":
      return ready(view.lecture, view.others, act);
    case "job":
      return job(view.job, view.dashboard, act);
  }
}

function qualities(l: LectureView): HTMLSelectElement | null {
  // Where sound is a playlist of its own, only all of it together makes a video.
  if (l.qualities.length < 2 || l.qualities.some((q) => !q.id)) return null;
  const best = `${l.qualities[0]?.label ?? ""} (${text("best")})`;
  const select = el("select", { id: "quality", "aria-label": text("quality") });
  l.qualities.forEach((q, i) => {
    select.append(el("option", { value: i === 0 ? "" : q.id }, i === 0 ? best : q.label));
  });
  return select;
}

/** Several videos on one page: which one, by length. */
function which(l: LectureView, others: LectureView[]): HTMLSelectElement | null {
  const known = others.filter((o) => o.duration !== null && !o.live);
  if (l.duration === null || known.length === 0) return null;
  const select = el("select", { id: "which", "aria-label": text("which") });
  for (const o of [l, ...known].slice(0, 8))
    select.append(
      el("option", { value: o.id }, join([clock(o.duration ?? 0), o.height > 0 ? `${o.height}p` : ""])),
    );
  return select;
}

function ready(l: LectureView, others: LectureView[], act: Act): Node[] {
  const title = el("textarea", {
    id: "title",
    rows: "1",
    maxlength: "300",
    "aria-label": text("title"),
    spellcheck: "false",
  });
  setTitle(title, l.title);
  title.addEventListener("keydown", (e) => {
    if (e.key === "Enter") e.preventDefault();
  });
  const from = el("input", {
    id: "from",
    placeholder: "0:00",
    autocomplete: "off",
    "aria-label": text("from"),
  });
  const to = el("input", { id: "to", autocomplete: "off", "aria-label": text("to") });
  const wrong = el("p", { class: "wrong", role: "alert", hidden: true });
  const select = qualities(l);
  const video = which(l, others);
  const check = () => {
    const known = document.getElementById("main")?.dataset.duration;
    const duration = known && (!video || video.value === l.id) ? Number(known) : null;
    const range = parseRange(from.value, to.value, duration);
    wrong.textContent = range.error ? text(`range_${range.error}`, clock(duration ?? 0)) : "";
    wrong.hidden = !range.error;
    return range;
  };
  from.addEventListener("input", check);
  to.addEventListener("input", check);
  const nonce = crypto.randomUUID();
  const download = (): Action | null => {
    const range = check();
    if (range.error) return null;
    return {
      type: "download",
      tab: 0,
      lecture: video?.value || l.id,
      nonce,
      title: title.value,
      start: range.start,
      end: range.end,
      quality: video && video.value !== l.id ? "" : (select?.value ?? ""),
    };
  };
  return [
    title,
    meta(),
    say(noteOf(l), "note"),
    el(
      "details",
      {},
      el("summary", {}, text(select ? "partOrQuality" : "part")),
      el("div", { class: "range" }, from, el("span", { "aria-hidden": "true" }, "–"), to),
      select && el("label", { class: "choice" }, text("quality"), select),
      video && el("label", { class: "choice" }, text("which"), video),
      wrong,
    ),
    button("download", download, act),
  ];
}

function job(j: Job, dashboard: string, act: Act): Node[] {
  const head = el("h1", {}, j.title);
  const open = () => button("openDashboard", () => ({ type: "open", url: dashboard }), act);
  const retry = (label: string) => button(label, () => ({ type: "retry", nonce: j.nonce }), act);
  switch (j.state) {
    case "complete":
      return [head, say(text("complete")), open()];
    case "error":
      return [
        head,
        say([j.detail, j.hint].filter(Boolean).join(" ") || text("errorUnknown")),
        retry("tryAgain"),
      ];
    case "signature":
      return [
        head,
        say(text("signature")),
        button("openLecture", () => ({ type: "lecture", url: j.page }), act),
      ];
    case "paused":
      return [head, say(j.detail || text("paused")), retry("resume")];
    default:
      return [
        head,
        el(
          "div",
          { class: "bar" },
          el("progress", { max: "100", value: "0", "aria-label": text("progress") }),
          meta(),
        ),
        say(stageOf(j), "stage"),
        open(),
      ];
  }
}
