import { QueryObserver } from "@tanstack/react-query";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { apply } from "./events";
import type { Job, Recording } from "./model";
import { queryClient, queueQuery, recordingsQuery } from "./queries";

const job = (more: Partial<Job>): Job =>
  ({ id: "j1", kind: "process", state: "running", lectureId: "a", progress: 0, eta: null, ...more }) as Job;
const jobs = () => queryClient.getQueryData(queueQuery.queryKey)?.jobs;
const lectures = () => queryClient.getQueryData(recordingsQuery.queryKey);

beforeEach(() => {
  queryClient.clear();
  queryClient.setQueryData(queueQuery.queryKey, { queue: [], history: [], jobs: [] });
  queryClient.setQueryData(recordingsQuery.queryKey, [
    { id: "a", status: "downloaded", progress: 0 },
    { id: "b", status: "complete", progress: 100 },
  ] as Recording[]);
});

describe("the event stream's effect on the cache", () => {
  it("adds a job, then changes it in place", () => {
    apply("job", job({ state: "waiting" }));
    apply("job", job({ state: "running" }));
    expect(jobs()?.map((j) => j.state)).toEqual(["running"]);
    expect(lectures()?.map((r) => r.status)).toEqual(["processing", "complete"]);
  });
  it("shows progress in the queue and on the lecture's card", () => {
    apply("job", job({}));
    apply("progress", {
      jobId: "j1",
      lectureId: null,
      stage: "frames",
      percent: 42,
      rate: 3,
      eta: 9,
      done: 0,
      total: 0,
      unit: "",
    });
    expect(jobs()?.[0]).toMatchObject({ stage: "frames", progress: 42, rate: 3, eta: 9 });
    expect(lectures()?.map((r) => r.progress)).toEqual([42, 100]);
  });
  it("never lets a bar go back", () => {
    apply("job", job({ progress: 50 }));
    apply("progress", {
      jobId: "j1",
      lectureId: "a",
      stage: "slides",
      percent: 20,
      rate: 0,
      eta: -1,
      done: 0,
      total: 0,
      unit: "",
    });
    expect(jobs()?.[0]?.progress).toBe(50);
  });
  it("shows work on a lecture although an older answer came in between", () => {
    apply("job", job({}));
    queryClient.setQueryData(recordingsQuery.queryKey, [
      { id: "a", status: "downloaded", progress: 100 },
    ] as Recording[]);
    apply("progress", {
      jobId: "j1",
      lectureId: "a",
      stage: "transcription",
      percent: 20,
      rate: 0,
      eta: -1,
      done: 0,
      total: 0,
      unit: "",
    });
    expect(lectures()?.[0]).toMatchObject({ status: "processing", progress: 20 });
  });
  it("asks again for a lecture that has ended", () => {
    apply("job", job({ state: "done" }));
    expect(queryClient.getQueryState(recordingsQuery.queryKey)?.isInvalidated).toBe(true);
  });
  it("asks once more when a first answer is older than an event", async () => {
    queryClient.clear();
    const answers = [[{ id: "a", status: "processing" }], [{ id: "a", status: "complete" }]];
    let release = () => {};
    const held = new Promise<void>((go) => {
      release = go;
    });
    const seen = new QueryObserver(queryClient, {
      ...recordingsQuery,
      queryFn: () => held.then(() => answers.shift() as Recording[]),
    });
    const leave = seen.subscribe(() => {});
    apply("job", job({ state: "done" }));
    release();
    await vi.waitFor(() => expect(lectures()?.[0]?.status).toBe("complete"));
    leave();
  });
  it("asks for everything after a reset", () => {
    apply("reset", {});
    expect(queryClient.getQueryState(queueQuery.queryKey)?.isInvalidated).toBe(true);
  });
});
