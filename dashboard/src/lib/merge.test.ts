import { describe, expect, it } from "vitest";
import { merged } from "./merge";

const at = (start: number, end: number, text = "") => ({ start, end, text });
const starts = (list: { start: number }[]) => list.map((x) => x.start);

describe("merged", () => {
  it("puts what comes behind what is there", () => {
    expect(starts(merged([at(0, 2)], [at(2, 3), at(5, 6)]))).toEqual([0, 2, 5]);
    expect(merged([], [at(1, 2)])).toEqual([at(1, 2)]);
    expect(merged([at(1, 2)], [])).toEqual([at(1, 2)]);
  });
  it("fills gaps in order", () => {
    expect(starts(merged([at(0, 2), at(8, 9)], [at(3, 4), at(5, 7), at(10, 12)]))).toEqual([0, 3, 5, 8, 10]);
  });
  it("takes the newer of two that lie over each other", () => {
    const old = [at(0, 2, "old"), at(2, 4, "old"), at(4, 6, "old")];
    expect(merged(old, [at(1.5, 3, "new")])).toEqual([at(1.5, 3, "new"), at(4, 6, "old")]);
    expect(
      merged(
        old,
        old.map((o) => ({ ...o, text: "new" })),
      ).every((o) => o.text === "new"),
    ).toBe(true);
  });
});
