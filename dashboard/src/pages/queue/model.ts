// The queue as the page shows it: what belongs where, in which order.
import type { Job, ProgressEvent } from "../../api/model";
import { formatBytes } from "../../lib/format";

export interface Sections {
  running: Job[];
  /** Waits for a person: a signature, disk space, or it was paused by hand. */
  paused: Job[];
  waiting: Job[];
  failed: Job[];
  history: Job[];
}

const byEnd = (a: Job, b: Job) => (b.ended ?? "").localeCompare(a.ended ?? "");

/** In the order the service takes them: higher priority first, then by place. */
const byPlace = (a: Job, b: Job) => b.priority - a.priority || a.position - b.position;

export function sections(jobs: Job[]): Sections {
  const of = (...states: Job["state"][]) => jobs.filter((j) => states.includes(j.state));
  return {
    running: of("running").sort((a, b) => (a.started ?? "").localeCompare(b.started ?? "")),
    paused: of("paused").sort(byPlace),
    waiting: of("waiting").sort(byPlace),
    failed: of("failed").sort(byEnd),
    history: of("done", "cancelled").sort(byEnd),
  };
}

/** What to ask the service for so that `id` comes to `to` in the list; null: it is there. */
export function moveTo(waiting: Job[], id: string, to: number): { before?: string } | null {
  const from = waiting.findIndex((j) => j.id === id);
  const rest = waiting.filter((j) => j.id !== id);
  const target = Math.max(0, Math.min(rest.length, to));
  if (from < 0 || from === target) return null;
  const before = rest[target];
  return before ? { before: before.id } : {};
}

export function moved(waiting: Job[], id: string, to: number): Job[] {
  const job = waiting.find((j) => j.id === id);
  if (!job) return waiting;
  const rest = waiting.filter((j) => j.id !== id);
  rest.splice(Math.max(0, Math.min(rest.length, to)), 0, job);
  return rest;
}

export const STAGES: Record<Job["kind"], readonly string[]> = {
  download: ["download"],
  import: ["download"],
  process: ["transcription", "frames", "slides", "notes", "index"],
};

export interface StageView {
  name: string;
  state: "done" | "running" | "todo";
  /** 0..1 */
  part: number;
  event: ProgressEvent | undefined;
}

/** What must be over before a stage begins. */
const NEEDS: Record<string, string[]> = {
  slides: ["frames"],
  notes: ["transcription", "frames", "slides"],
  index: ["transcription", "frames", "slides", "notes"],
};

/** Where each stage is. Two of them may run side by side (speech and slides). */
export function stages(job: Job, events: Record<string, ProgressEvent> = {}): StageView[] {
  const begun = [...Object.keys(events), job.stage ?? ""];
  // Speech runs beside the slides, and may have nothing to tell for a while.
  if (begun.some((s) => s === "frames" || s === "slides")) begun.push("transcription");
  return (STAGES[job.kind] ?? []).map((name) => {
    const event = events[name];
    const part = event && event.total > 0 ? Math.min(1, event.done / event.total) : 0;
    const done = part >= 1 || begun.some((later) => NEEDS[later]?.includes(name));
    const state = done ? "done" : begun.includes(name) ? "running" : "todo";
    return { name, state, part: done ? 1 : part, event };
  });
}

/** How quick a stage is, in its own unit. */
export function rateText(
  rate: number,
  unit: string | undefined,
  words: { times: (x: string) => string; items: (x: string) => string },
): string {
  if (!(rate > 0)) return "";
  if (unit === "bytes") return `${formatBytes(rate)}/s`;
  if (unit === "seconds") return words.times(rate >= 10 ? rate.toFixed(0) : rate.toFixed(1));
  if (unit === "items") return words.items(rate >= 1 ? rate.toFixed(1) : rate.toFixed(2));
  return "";
}
