import { describe, expect, it } from "vitest";
import { odditiesOf } from "./oddities";

describe("oddities", () => {
  it("are what the video lacks and what was remarked, each once", () => {
    const meta = { gaps: [[3, 4.5]], import_warnings: ["a"], warnings: ["a", "b"] };
    expect(odditiesOf(meta)).toEqual({ missing: [{ start: 3, end: 4.5 }], remarks: ["a", "b"] });
  });
  it("are none where the metadata is older or damaged", () => {
    const none = { missing: [], remarks: [] };
    for (const meta of [
      null,
      7,
      {},
      { gaps: "x", warnings: { a: 1 } },
      { gaps: [[2], [5, 1], ["a", 2], null] },
    ])
      expect(odditiesOf(meta)).toEqual(none);
  });
});
