/** One sentence and one action for each state. */
import { clock, parseRange, size } from "../shared/format";
import { text } from "../shared/i18n";
import type { Job } from "../shared/jobs";
import type { LectureView, View } from "../shared/view";
import { el } from "./dom";
import type { Action } from "./main";

type Act = (what: Action) => Promise<string>;

/** Whether a new answer can be shown without drawing anew (what is typed would be lost). */
export function same(a: View, b: View): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

const DASHBOARD_OF_SCALER = "https://www.scaler.com/academy/mentee-dashboard/todos";

function say(name: string, ...values: (string | number)[]): HTMLElement {
  return el("p", { class: "say" }, text(name, ...values));
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
  return el("div", { class: "do" }, b, wrong);
}

export function draw(main: HTMLElement, view: View, act: Act): void {
  const parts = partsOf(view, act);
  main.dataset.state = view.state === "job" ? view.job.state : view.state;
  main.replaceChildren(...parts);
}

function partsOf(view: View, act: Act): Node[] {
  switch (view.state) {
    case "offline":
      return [
        say("offline"),
        el("code", {}, "scaler serve"),
        button("tryAgain", () => ({ type: "refresh" }), act),
      ];
    case "unpaired":
      return [
        say("unpaired"),
        button("pair", () => ({ type: "open", url: chrome.runtime.getURL("options.html#pair") }), act),
      ];
    case "none":
      return [say("none"), button("openScaler", () => ({ type: "open", url: DASHBOARD_OF_SCALER }), act)];
    case "elsewhere":
      return [
        say("elsewhere", view.host),
        button("allow", () => ({ type: "allow", origins: view.origins }), act),
      ];
    case "play":
      return view.hasVideo
        ? [say("playFirst"), button("play", () => ({ type: "play", tab: 0 }), act)]
        : [say("playFirst"), button("reloadPage", () => ({ type: "reload" }), act)];
    case "reload":
      return [say("reload"), button("reloadPage", () => ({ type: "reload" }), act)];
    case "live":
      return [heading(view.lecture), say("live"), button("checkNow", () => ({ type: "refresh" }), act)];
    case "there":
      return [
        heading(view.lecture),
        say("there"),
        button("openDashboard", () => ({ type: "open", url: view.dashboard }), act),
        quiet("again", () => act({ type: "again", id: view.lecture.id })),
      ];
    case "ready":
      return ready(view.lecture, act);
    case "job":
      return job(view.job, view.dashboard, act);
  }
}

function quiet(label: string, does: () => unknown): HTMLElement {
  const a = el("a", { href: "#", class: "quiet" }, text(label));
  a.addEventListener("click", (e) => {
    e.preventDefault();
    void does();
  });
  return el("p", { class: "aside" }, a);
}

function heading(l: LectureView): HTMLElement {
  return el("h1", {}, l.title);
}

function meta(l: LectureView): HTMLElement {
  const best = l.height > 0 ? `${l.height}p` : "";
  const parts = [
    l.course,
    l.duration !== null ? clock(l.duration) : text("lengthUnknown"),
    best,
    l.bytes !== null ? text("about", size(l.bytes)) : "",
  ];
  return el("p", { class: "meta" }, parts.filter(Boolean).join("  ·  "));
}

function ready(l: LectureView, act: Act): Node[] {
  const title = el(
    "textarea",
    { id: "title", rows: "2", maxlength: "300", "aria-label": text("title"), spellcheck: "false" },
    l.title,
  );
  title.value = l.title;
  const from = el("input", {
    id: "from",
    placeholder: "0:00",
    inputmode: "numeric",
    "aria-label": text("from"),
  });
  const to = el("input", {
    id: "to",
    placeholder: l.duration !== null ? clock(l.duration) : "",
    inputmode: "numeric",
    "aria-label": text("to"),
  });
  const wrong = el("p", { class: "wrong", role: "alert", hidden: true });
  const check = () => {
    const range = parseRange(from.value, to.value, l.duration);
    wrong.textContent = range.error
      ? text(`range_${range.error}`, l.duration !== null ? clock(l.duration) : "")
      : "";
    wrong.hidden = !range.error;
    return range;
  };
  from.addEventListener("input", check);
  to.addEventListener("input", check);
  const nonce = crypto.randomUUID();
  return [
    title,
    meta(l),
    say(l.tailOnly ? "tailOnly" : l.refused ? "refused" : "ready"),
    el(
      "details",
      {},
      el("summary", {}, text("part")),
      el("div", { class: "range" }, from, el("span", {}, "–"), to),
      wrong,
    ),
    button(
      "download",
      () => {
        const range = check();
        if (range.error) return null;
        return {
          type: "download",
          tab: 0,
          lecture: l.id,
          nonce,
          title: title.value,
          start: range.start,
          end: range.end,
          quality: "",
        };
      },
      act,
    ),
  ];
}

function job(j: Job, dashboard: string, act: Act): Node[] {
  const open = button("openDashboard", () => ({ type: "open", url: dashboard }), act);
  const head = el("h1", {}, j.title);
  switch (j.state) {
    case "complete":
      return [head, say("complete"), open];
    case "error":
      return [
        head,
        el("p", { class: "say" }, [j.detail, j.hint].filter(Boolean).join(" ") || text("errorUnknown")),
        button("tryAgain", () => ({ type: "retry", nonce: j.nonce }), act),
      ];
    case "signature":
      return [head, say("signature"), button("openLecture", () => ({ type: "open", url: j.page }), act)];
    case "paused":
      return [
        head,
        el("p", { class: "say" }, j.detail || text("paused")),
        button("resume", () => ({ type: "retry", nonce: j.nonce }), act),
      ];
    case "processing":
      return [head, bar(j), say("processing"), open];
    default:
      return [head, bar(j), say("downloading"), open];
  }
}

function bar(j: Job): HTMLElement {
  const numbers = [
    `${Math.floor(j.progress)} %`,
    j.rate > 0 ? `${size(j.rate)}/s` : "",
    j.eta >= 0 ? text("left", clock(j.eta)) : "",
  ];
  return el(
    "div",
    { class: "bar" },
    el("progress", { max: "100", value: String(j.progress), "aria-label": text("progress") }),
    el("p", { class: "meta" }, numbers.filter(Boolean).join("  ·  ")),
  );
}
