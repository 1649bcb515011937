import { describe, expect, it } from "vitest";
import { formatBytes, formatEta, formatTime, parseTime, speakUnits } from "./format";

describe("format", () => {
  it("writes times as players do", () => {
    expect([0, 65, 3599.9, 3725].map(formatTime)).toEqual(["0:00", "1:05", "59:59", "1:02:05"]);
  });
  it("rounds what is only roughly known", () => {
    expect([0.2, 40, 90, 3900].map(formatEta)).toEqual(["1 s", "40 s", "2 min", "1 h 05 min"]);
  });
  it("says units in the reader's language", () => {
    speakUnits("hi");
    expect([40, 3900].map(formatEta)).toEqual(["40 सेकंड", "1 घं॰ 05 मिनट"]);
    speakUnits("en");
  });
  it("scales bytes", () => {
    expect([12, 1500, 123_456_789].map(formatBytes)).toEqual(["12 B", "1.5 kB", "123 MB"]);
  });
  it("reads times in every usual form", () => {
    expect(["1:02:05", "62:05", "3725", "1h2m5s", "90.5"].map(parseTime)).toEqual([
      3725, 3725, 3725, 3725, 90.5,
    ]);
    expect(["", "soon", "1:2:3:4"].map(parseTime)).toEqual([null, null, null]);
  });
});
