import { describe, expect, it } from "vitest";
import type { SearchHit } from "../../api/model";
import { daysAgo, group, hitAddress, readAsk, writeAsk } from "./model";

const hit = (id: string, time: number) =>
  ({ id, title: id.toUpperCase(), date: "2026-11-20", time }) as SearchHit;

describe("search", () => {
  it("keeps what is asked in the address", () => {
    const ask = { q: "C++ & more", kind: "slide", lecture: "", from: "2026-11-01", to: "" };
    const address = writeAsk(ask);
    expect(readAsk(address.slice(address.indexOf("?")))).toEqual(ask);
    expect(writeAsk({ q: "", kind: "", lecture: "", from: "", to: "" })).toBe("/search");
  });
  it("groups by lecture, the best first, hits in their order", () => {
    const groups = group([hit("b", 5), hit("a", 1), hit("b", 2)]);
    expect(groups.map((g) => [g.id, g.hits.map((h) => h.time)])).toEqual([
      ["b", [5, 2]],
      ["a", [1]],
    ]);
  });
  it("counts days over the ends of months", () => {
    expect(daysAgo(30, new Date(2026, 2, 1))).toBe("2026-01-30");
    expect(daysAgo(0, new Date(2026, 10, 3))).toBe("2026-11-03");
  });
  it("opens the lecture at the second", () => {
    expect(hitAddress(hit("a b", 12.37))).toBe("/lecture/a%20b?t=12.3");
  });
});
