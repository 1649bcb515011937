import { describe, expect, it } from "vitest";
import { plot, roundUp } from "./plot";

const box = { width: 100, height: 50, now: 1000, span: 100, gap: 15 };

describe("plot", () => {
  it("rounds its scale up to a figure that can be read", () => {
    expect([0, 0.7, 1, 1.1, 34, 501, 4_200_000].map(roundUp)).toEqual([1, 1, 1, 2, 50, 1000, 5_000_000]);
  });
  it("draws the span before now, the newest at the right", () => {
    const p = plot(
      [
        { time: 890, value: 99 },
        { time: 990, value: 1 },
        { time: 1000, value: 2 },
      ],
      box,
    );
    expect(p.line).toBe("M90.0 25.0L100.0 0.0");
    expect(p.area).toBe("M90.0 25.0L100.0 0.0L100.0 50L90.0 50Z");
    expect(p.top).toBe(2);
  });
  it("breaks where readings are missing and finds the nearest", () => {
    const p = plot(
      [
        { time: 910, value: 1 },
        { time: 960, value: 1 },
        { time: 965, value: 0 },
      ],
      { ...box, top: 1 },
    );
    expect(p.line).toBe("M10.0 0.0h0.1M60.0 0.0L65.0 50.0");
    expect(p.at(12)?.time).toBe(910);
    expect(p.at(100)?.time).toBe(965);
    expect(plot([], box).at(5)).toBeUndefined();
  });
});
