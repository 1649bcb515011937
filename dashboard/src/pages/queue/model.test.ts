import { describe, expect, it } from "vitest";
import type { Job, ProgressEvent } from "../../api/model";
import { moved, moveTo, rateText, sections, stages } from "./model";

const job = (more: Partial<Job>): Job =>
  ({ id: "j", kind: "process", state: "waiting", priority: 0, position: 0, stage: null, ...more }) as Job;
const event = (stage: string, done: number, total = 10): ProgressEvent => ({
  jobId: "j",
  lectureId: null,
  stage,
  percent: 0,
  done,
  total,
  unit: "items",
  rate: 1,
  eta: 1,
});

describe("the queue", () => {
  it("shows what waits in the order it is taken, what ended newest first", () => {
    const s = sections([
      job({ id: "late", position: 3 }),
      job({ id: "first", position: 1 }),
      job({ id: "urgent", position: 9, priority: 5 }),
      job({ id: "old", state: "done", ended: "2026-11-01T00:00:00Z" }),
      job({ id: "new", state: "cancelled", ended: "2026-11-02T00:00:00Z" }),
      job({ id: "bad", state: "failed" }),
      job({ id: "sig", state: "paused" }),
    ]);
    expect(s.waiting.map((j) => j.id)).toEqual(["urgent", "first", "late"]);
    expect(s.history.map((j) => j.id)).toEqual(["new", "old"]);
    expect([s.failed.length, s.paused.length, s.running.length]).toEqual([1, 1, 0]);
  });
  it("asks for a place before another, or for the end", () => {
    const list = ["a", "b", "c"].map((id) => job({ id }));
    expect(moveTo(list, "c", 0)).toEqual({ before: "a" });
    expect(moveTo(list, "a", 1)).toEqual({ before: "c" });
    expect(moveTo(list, "a", 9)).toEqual({});
    expect(moveTo(list, "b", 1)).toBeNull();
    expect(moveTo(list, "x", 1)).toBeNull();
    expect(moved(list, "a", 1).map((j) => j.id)).toEqual(["b", "a", "c"]);
  });
  it("shows stages that run side by side", () => {
    const view = (j: Partial<Job>, events: ProgressEvent[]) =>
      stages(job({ state: "running", ...j }), Object.fromEntries(events.map((e) => [e.stage, e]))).map(
        (s) => `${s.name} ${s.state} ${s.part}`,
      );
    expect(view({ stage: "frames" }, [event("transcription", 4), event("frames", 5)])).toEqual([
      "transcription running 0.4",
      "frames running 0.5",
      "slides todo 0",
      "notes todo 0",
      "index todo 0",
    ]);
    expect(view({ stage: "notes" }, [event("transcription", 9), event("notes", 5)])).toEqual([
      "transcription done 1",
      "frames done 1",
      "slides done 1",
      "notes running 0.5",
      "index todo 0",
    ]);
  });
  it("knows that speech runs beside the slides before it says so", () => {
    const view = stages(job({ state: "running", stage: "slides" }), {});
    expect(view.map((s) => s.state)).toEqual(["running", "done", "running", "todo", "todo"]);
  });
  it("tells how quick it is in the stage's own words", () => {
    const words = { times: (x: string) => `${x}x`, items: (x: string) => `${x}/s` };
    expect(rateText(4_200_000, "bytes", words)).toBe("4.2 MB/s");
    expect(rateText(12.34, "seconds", words)).toBe("12x");
    expect(rateText(0.5, "items", words)).toBe("0.50/s");
    expect(rateText(0, "bytes", words)).toBe("");
  });
});
