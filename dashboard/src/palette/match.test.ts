import { describe, expect, it } from "vitest";
import { best, fits } from "./match";

describe("palette", () => {
  it("wants every word, in any order and case", () => {
    expect(fits("Graphs 3: Breadth first", "first gra")).toBeGreaterThan(0);
    expect(fits("Graphs 3", "graphs 4")).toBe(0);
    expect(fits("Café", "cafe")).toBeGreaterThan(0);
  });
  it("puts beginnings before middles and keeps the order otherwise", () => {
    expect(best(["Research", "Search", "Binary search"], "sea", (x) => x, 9)).toEqual([
      "Search",
      "Binary search",
      "Research",
    ]);
    expect(best(["b", "a"], "", (x) => x, 1)).toEqual(["b"]);
  });
});
