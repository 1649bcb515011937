import { describe, expect, it } from "vitest";
import type { Recording } from "../../api/model";
import { folders, parseTags, statusOf, tags, type View, visible } from "./filter";

const r = (id: string, more: Partial<Recording> = {}): Recording =>
  ({
    id,
    title: id,
    date: "2026-01-01",
    updated: "2026-01-01T00:00:00Z",
    status: "complete",
    state: "processed",
    tags: [],
    folder: null,
    duration: 60,
    ...more,
  }) as Recording;
const view: View = { text: "", folder: null, tags: [], status: "all", sort: "newest" };
const ids = (list: Recording[]) => list.map((x) => x.id);

const all = [
  r("Graphs 10", { date: "2026-03-01", tags: ["exam", "dsa"], folder: "DSA", duration: 300 }),
  r("Graphs 9", { date: "2026-02-01", tags: ["dsa"], folder: "DSA", duration: 500 }),
  r("Café economics", { date: "2026-01-01", status: "error", state: "error", duration: 100 }),
  r("Trees", { date: "2025-01-01", status: "processing", state: "processing", duration: 200 }),
];

describe("the library's view", () => {
  it("sorts, numbers as numbers", () => {
    expect(ids(visible(all, { ...view, sort: "newest" }))[0]).toBe("Graphs 10");
    expect(ids(visible(all, { ...view, sort: "title" }))).toEqual([
      "Café economics",
      "Graphs 9",
      "Graphs 10",
      "Trees",
    ]);
    expect(ids(visible(all, { ...view, sort: "longest" }))[0]).toBe("Graphs 9");
  });
  it("finds words without accents and case", () => {
    expect(ids(visible(all, { ...view, text: "cafe" }))).toEqual(["Café economics"]);
    expect(ids(visible(all, { ...view, text: "graphs exam" }))).toEqual(["Graphs 10"]);
  });
  it("filters by folder, none, tags and status", () => {
    expect(visible(all, { ...view, folder: "DSA" })).toHaveLength(2);
    expect(visible(all, { ...view, folder: "" })).toHaveLength(2);
    expect(ids(visible(all, { ...view, tags: ["dsa", "exam"] }))).toEqual(["Graphs 10"]);
    expect(ids(visible(all, { ...view, status: "failed" }))).toEqual(["Café economics"]);
    expect(ids(visible(all, { ...view, status: "active" }))).toEqual(["Trees"]);
  });
  it("tells a pause from a success", () => {
    expect(statusOf(r("x", { status: "error", state: "paused" }))).toBe("failed");
    expect(statusOf(r("x", { status: "downloaded", state: "downloaded" }))).toBe("todo");
  });
  it("lists folders and tags", () => {
    expect(folders(all)).toEqual([{ name: "DSA", n: 2 }]);
    expect(tags(all)).toEqual(["dsa", "exam"]);
    expect(parseTags(" a, b ,a,,")).toEqual(["a", "b"]);
  });
});
