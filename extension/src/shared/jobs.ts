/** A download that this extension began, followed until its notes are ready. Kept in storage.local: no secrets. */

export type JobState =
  | "starting"
  | "pending"
  | "downloading"
  | "signature"
  | "paused"
  | "processing"
  | "complete"
  | "error";

export interface Job {
  /** The backend's id; "" while it is being asked for. */
  id: string;
  /** Made by the popup: a click that is sent twice starts one download. */
  nonce: string;
  title: string;
  /** Of the lecture and its renditions. */
  identities: string[];
  page: string;
  started: number;
  state: JobState;
  progress: number;
  stage: string;
  /** Of the whole video per second, in bytes; 0 when not known. */
  rate: number;
  /** Seconds; -1 when not known. */
  eta: number;
  /** What the backend says when something is wrong. */
  detail: string;
  hint: string;
  recording: string;
  path: string;
  process: string;
  /** Notes are wanted, and the backend does not begin them by itself. */
  wantsProcess: boolean;
  /** Tells which signature was sent last; not the signature. */
  sent: string;
  told: boolean;
  updated: number;
  /** Which step failed. */
  failed: "" | "download" | "process";
}

export const ACTIVE: ReadonlySet<JobState> = new Set([
  "starting",
  "pending",
  "downloading",
  "signature",
  "paused",
  "processing",
]);

/** Those that go on by themselves. */
export const MOVING: ReadonlySet<JobState> = new Set(["starting", "pending", "downloading", "processing"]);

const KEEP = 40;

export async function readJobs(): Promise<Job[]> {
  const { jobs } = await chrome.storage.local.get("jobs");
  return (jobs as Job[] | undefined) ?? [];
}

let turn: Promise<unknown> = Promise.resolve();

/** One change at a time; `change` returns the new list or null for none. */
export function changeJobs(change: (jobs: Job[]) => Job[] | null): Promise<void> {
  const next = turn.then(async () => {
    const list = change(await readJobs());
    if (list) await chrome.storage.local.set({ jobs: list.slice(-KEEP) });
  });
  turn = next.catch(() => {});
  return next;
}

export function changeJob(nonce: string, change: Partial<Job>): Promise<void> {
  return changeJobs((jobs) => {
    const at = jobs.findIndex((j) => j.nonce === nonce);
    const old = jobs[at];
    if (!old) return null;
    const next = { ...old, ...change, updated: Date.now() };
    return jobs.map((j, i) => (i === at ? next : j));
  });
}

export function jobOf(jobs: Job[], identities: string[]): Job | undefined {
  return jobs.findLast((j) => j.identities.some((i) => identities.includes(i)));
}
