// The one event stream of this page. What it says is put into the query cache; whether it
// is there tells whether the service is there.
import { onlineManager, type QueryKey } from "@tanstack/react-query";
import { merged } from "../lib/merge";
import { api } from "./client";
import type { Job, ProgressEvent, Recording, UtteranceEvent } from "./model";
import { metricsQuery, queryClient, queueQuery, recordingsQuery } from "./queries";

export type Connection = "connecting" | "online" | "offline";
type Handler = (data: unknown) => void;

const handlers = new Map<string, Set<Handler>>();
const watchers = new Set<() => void>();
let source: EventSource | null = null;
let connection: Connection = "connecting";
let lastId = "";
let wait = 500;
let timer: ReturnType<typeof setTimeout> | undefined;

export const getConnection = (): Connection => connection;

export function watchConnection(fn: () => void): () => void {
  watchers.add(fn);
  return () => watchers.delete(fn);
}

function setConnection(next: Connection): void {
  if (connection === next) return;
  connection = next;
  // Requests wait while the service is away and go on by themselves.
  onlineManager.setOnline(next === "online");
  for (const fn of watchers) fn();
}

/**
 * Nothing is asked before the stream is there: what happens between an answer and the
 * stream's beginning would never be heard of.
 */
export function waitForStream(): void {
  onlineManager.setOnline(false);
}

/** Asks for it anew. An answer that is on its way may be older than what an event just said. */
export function askAgain(queryKey: QueryKey): void {
  const first = queryClient.getQueryCache().find({ queryKey });
  const ask = () => queryClient.invalidateQueries({ queryKey });
  // A first answer is not called back: the question follows it.
  if (onItsWay(queryKey) && first?.state.data === undefined) first?.promise?.then(ask, ask);
  else ask();
}

const onItsWay = (queryKey: QueryKey): boolean => queryClient.isFetching({ queryKey, exact: true }) > 0;

/** Calls `fn` for each event of a type until the returned function is called. */
export function onEvent<T>(type: string, fn: (data: T) => void): () => void {
  const set = handlers.get(type) ?? new Set<Handler>();
  handlers.set(type, set);
  set.add(fn as Handler);
  source?.addEventListener(type, receive);
  return () => set.delete(fn as Handler);
}

/** What one event changes in the cache. Pure of the stream itself: tests call it. */
export function apply(type: string, data: unknown): void {
  if (type === "job") applyJob(data as Job);
  else if (type === "progress") applyProgress(data as ProgressEvent);
  else if (type === "utterance") applyUtterance(data as UtteranceEvent);
  else if (type === "library") applyLibrary((data as { lectureId?: string }).lectureId);
  else if (type === "reset") queryClient.invalidateQueries();
}

const ENDED = new Set(["done", "failed", "cancelled"]);
const LECTURE_STATUS: Partial<Record<Job["state"], Recording["status"]>> = {
  waiting: "queued",
  running: "processing",
};

function applyJob(job: Job): void {
  queryClient.setQueryData(queueQuery.queryKey, (old) => {
    if (!old) return old;
    const known = old.jobs.some((j) => j.id === job.id);
    return { ...old, jobs: known ? old.jobs.map((j) => (j.id === job.id ? job : j)) : [...old.jobs, job] };
  });
  if (onItsWay(queueQuery.queryKey)) askAgain(queueQuery.queryKey);
  const before = queryClient.getQueryData(recordingsQuery.queryKey)?.find((r) => r.id === job.lectureId);
  if (!job.lectureId) {
    if (ENDED.has(job.state)) askAgain(recordingsQuery.queryKey);
    return;
  }
  const status = LECTURE_STATUS[job.state];
  if (before && status)
    patchRecording(job.lectureId, {
      status: job.kind === "process" ? status : "downloading",
      state: job.kind === "process" ? status : "downloading",
      progress: job.progress,
    });
  applyLibrary(job.lectureId);
  queryClient.invalidateQueries({ queryKey: metricsQuery.queryKey, refetchType: "none" });
}

function applyProgress(p: ProgressEvent): void {
  let lecture = p.lectureId;
  queryClient.setQueryData(queueQuery.queryKey, (old) =>
    old
      ? {
          ...old,
          jobs: old.jobs.map((j) => {
            if (j.id !== p.jobId) return j;
            lecture = lecture ?? j.lectureId;
            return {
              ...j,
              stage: p.stage,
              progress: Math.max(j.progress, p.percent),
              rate: p.rate,
              eta: p.eta,
              message: p.note ?? j.message,
            };
          }),
        }
      : old,
  );
  queryClient.setQueryData(["progress", p.jobId], p);
  // Stages may run side by side: the last word of each.
  queryClient.setQueryData<Record<string, ProgressEvent>>(["stages", p.jobId], (old) => ({
    ...old,
    [p.stage]: p,
  }));
  if (!lecture) return;
  queryClient.setQueryData(["progress-of", lecture], p);
  // What makes progress is at work, whatever an answer on its way says of the moment before.
  const status = p.stage === "download" || p.stage === "import" ? "downloading" : "processing";
  patchRecording(lecture, { status, state: status, progress: p.percent });
}

/** Sentences that were recognised while a lecture is being transcribed. */
function applyUtterance(u: UtteranceEvent): void {
  if (!u.lectureId) return;
  queryClient.setQueryData<UtteranceEvent[]>(["utterances", u.lectureId], (old) => merged(old ?? [], [u]));
}

function applyLibrary(id?: string): void {
  askAgain(recordingsQuery.queryKey);
  if (!id) return;
  for (const part of ["lecture", "transcript", "partial", "oddities"]) askAgain([part, id]);
}

function patchRecording(id: string, change: Partial<Recording>): void {
  queryClient.setQueryData(recordingsQuery.queryKey, (old) =>
    old?.map((r) => (r.id === id ? { ...r, ...change } : r)),
  );
}

function receive(event: MessageEvent): void {
  if (event.lastEventId) lastId = event.lastEventId;
  let data: unknown = {};
  try {
    data = JSON.parse(event.data);
  } catch {
    return;
  }
  apply(event.type, data);
  for (const fn of handlers.get(event.type) ?? []) fn(data);
}

const TYPES = ["job", "progress", "stage", "utterance", "library", "log", "reset", "model", "settings"];

function open(): void {
  clearTimeout(timer);
  source?.close();
  source = new EventSource(lastId ? `/api/v1/events?lastEventId=${lastId}` : "/api/v1/events");
  for (const type of new Set([...TYPES, ...handlers.keys()])) source.addEventListener(type, receive);
  source.onopen = () => {
    const healed = connection === "offline";
    wait = 500;
    setConnection("online");
    if (healed) queryClient.invalidateQueries();
  };
  source.onerror = () => {
    source?.close();
    // A stream does not tell why it was refused: a request does, and then the key is asked for.
    if (connection === "connecting") api.get("/api/v1/queue").catch(() => {});
    setConnection("offline");
    timer = setTimeout(open, wait);
    wait = Math.min(wait * 2, 8000);
  };
}

/** Begins listening; again at once when the machine wakes or gets its network back. */
export function connect(): () => void {
  const again = () => {
    if (connection === "offline") open();
  };
  open();
  window.addEventListener("online", again);
  document.addEventListener("visibilitychange", again);
  return () => {
    window.removeEventListener("online", again);
    document.removeEventListener("visibilitychange", again);
    clearTimeout(timer);
    source?.close();
    source = null;
  };
}
