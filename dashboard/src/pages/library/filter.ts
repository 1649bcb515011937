// Which lectures are shown, in which order. Pure.
import type { Recording } from "../../api/model";

export type Sort = "newest" | "oldest" | "title" | "longest" | "changed";
export type StatusFilter = "all" | "ready" | "active" | "todo" | "failed";

export interface View {
  text: string;
  folder: string | null; // null: all; "": those in none
  tags: string[];
  status: StatusFilter;
  sort: Sort;
}

export const ACTIVE = new Set(["downloading", "queued", "processing"]);

export function statusOf(r: Recording): Exclude<StatusFilter, "all"> {
  if (r.status === "complete" || r.status === "processed") return "ready";
  if (r.state === "paused" || r.status === "error") return "failed";
  return ACTIVE.has(r.status) ? "active" : "todo";
}

const plain = (text: string) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

const ORDER: Record<Sort, (a: Recording, b: Recording) => number> = {
  newest: (a, b) => b.date.localeCompare(a.date) || b.updated.localeCompare(a.updated),
  oldest: (a, b) => a.date.localeCompare(b.date) || a.updated.localeCompare(b.updated),
  title: (a, b) => a.title.localeCompare(b.title, undefined, { numeric: true, sensitivity: "base" }),
  longest: (a, b) => b.duration - a.duration,
  changed: (a, b) => b.updated.localeCompare(a.updated),
};

export function visible(all: Recording[], view: View): Recording[] {
  const words = plain(view.text).split(/\s+/).filter(Boolean);
  return all
    .filter((r) => {
      if (view.folder !== null && (r.folder ?? "") !== view.folder) return false;
      if (view.status !== "all" && statusOf(r) !== view.status) return false;
      if (!view.tags.every((tag) => r.tags.includes(tag))) return false;
      const text = plain(`${r.title} ${r.tags.join(" ")} ${r.folder ?? ""} ${r.date}`);
      return words.every((w) => text.includes(w));
    })
    .sort(ORDER[view.sort]);
}

/** Names with how many lectures each has, most used first for tags, by name for folders. */
export function folders(all: Recording[]): { name: string; n: number }[] {
  const found = new Map<string, number>();
  for (const r of all) if (r.folder) found.set(r.folder, (found.get(r.folder) ?? 0) + 1);
  return [...found]
    .map(([name, n]) => ({ name, n }))
    .sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));
}

export function tags(all: Recording[]): string[] {
  const found = new Map<string, number>();
  for (const r of all) for (const tag of r.tags) found.set(tag, (found.get(tag) ?? 0) + 1);
  return [...found].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0])).map(([name]) => name);
}

/** "a, b ,a" -> ["a", "b"] */
export function parseTags(text: string): string[] {
  return [
    ...new Set(
      text
        .split(",")
        .map((t) => t.trim())
        .filter(Boolean),
    ),
  ];
}
