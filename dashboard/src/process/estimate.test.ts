import { describe, expect, it } from "vitest";
import { estimate, speechCost } from "./estimate";

const plan = {
  seconds: 3600,
  stages: ["transcription", "frames", "slides", "notes"] as const,
  model: "base.en",
  usualModel: "base.en",
  cpus: 1,
};

describe("what processing costs", () => {
  it("knows models by size, compressed ones need less memory", () => {
    expect(speechCost("base.en")).toEqual(speechCost("base"));
    expect(speechCost("small-q5_1").memory).toBeLessThan(speechCost("small").memory);
    expect(speechCost("").memory).toBe(105);
  });
  it("uses this machine's past", () => {
    const past = {
      transcription: { done: 1, errors: 0, seconds: 500, media: 1000 },
      frames: { seconds: 10, media: 1000 },
      slides: { seconds: 10, media: 1000 },
      notes: { seconds: 1, media: 1000 },
    };
    const e = estimate({ ...plan, stages: [...plan.stages] }, past as never);
    expect(e.measured).toBe(true);
    expect(e.byStage.transcription).toBe(1800);
    // Speech and pictures run side by side.
    expect(e.total).toBeCloseTo(1800 + 3.6);
    const larger = estimate({ ...plan, stages: ["transcription"], model: "small.en" }, past as never);
    expect(larger.total).toBeCloseTo((1800 * 0.74) / 0.2);
  });
  it("guesses when there is no past, and says so", () => {
    const e = estimate({ ...plan, stages: ["notes"] }, undefined);
    expect(e.measured).toBe(false);
    expect(e.total).toBeGreaterThan(0);
    expect(estimate({ ...plan, stages: [] }, undefined).total).toBe(0);
  });
});
