/** Starts downloads and follows them: progress, fresh signatures, notes, the notification. */
import type { Lecture } from "../capture/lecture";
import type { Sighting } from "../capture/sighting";
import { type Auth, covers, isExpired, streamIdentity } from "../hls/signature";
import { backend, type DownloadRequest, downloadRequest, Offline, Refused } from "../shared/backend";
import { text } from "../shared/i18n";
import { ACTIVE, changeJob, changeJobs, type Job, readJobs } from "../shared/jobs";
import { readSettings } from "../shared/settings";
import { allSightings } from "./book";

export interface Wanted {
  nonce: string;
  title: string;
  start: number | null;
  end: number | null;
  quality: string;
}

/** A request that was begun but not answered; holds a signature, so it lives in the session only. */
interface Intent {
  nonce: string;
  body: DownloadRequest;
  at: number;
  wantsProcess: boolean;
}

export async function startDownload(lecture: Lecture, wanted: Wanted): Promise<void> {
  const settings = await readSettings();
  const body = downloadRequest(lecture, wanted);
  const jobs = await readJobs();
  if (jobs.some((j) => j.nonce === wanted.nonce)) return;
  const health = await backend.health();
  const knows = health.features?.includes("process") === true;
  if (settings.process && knows) body.process = true;
  const intent: Intent = {
    nonce: wanted.nonce,
    body,
    at: Date.now(),
    wantsProcess: settings.process && !knows,
  };
  const job: Job = {
    id: "",
    nonce: wanted.nonce,
    title: body.title,
    identities: lecture.identities,
    page: lecture.page,
    started: Date.now(),
    state: "starting",
    progress: 0,
    stage: "",
    rate: 0,
    eta: -1,
    detail: "",
    hint: "",
    recording: "",
    path: "",
    process: "",
    wantsProcess: settings.process,
    sent: lecture.auth ? await fingerprint(lecture.auth) : "",
    told: false,
    updated: Date.now(),
    failed: "",
  };
  await chrome.storage.session.set({ [`intent ${wanted.nonce}`]: intent });
  await changeJobs((list) => (list.some((j) => j.nonce === job.nonce) ? null : [...list, job]));
  await perform(intent, false);
}

const performing = new Set<string>();

async function perform(intent: Intent, again: boolean): Promise<void> {
  if (performing.has(intent.nonce)) return;
  performing.add(intent.nonce);
  try {
    const known = again ? await alreadyThere(intent) : null;
    const id = known ?? (await backend.download(intent.body)).downloadId;
    await changeJob(intent.nonce, { id, state: "pending", wantsProcess: intent.wantsProcess });
    await chrome.storage.session.remove(`intent ${intent.nonce}`);
  } catch (e) {
    if (e instanceof Offline && !again) throw e;
    if (e instanceof Offline) return;
    const said = e instanceof Refused ? e : null;
    await chrome.storage.session.remove(`intent ${intent.nonce}`);
    if (said?.code === "not_paired" || said?.status === 401) {
      // Not the lecture's fault: after pairing it is simply offered again.
      await changeJobs((list) => list.filter((j) => j.nonce !== intent.nonce));
      if (!again) throw e;
      return;
    }
    await changeJob(intent.nonce, {
      state: "error",
      detail: said?.message ?? String(e),
      hint: said?.hint ?? "",
      failed: "download",
    });
  } finally {
    performing.delete(intent.nonce);
  }
}

/** The worker died between asking and hearing the answer: the backend may have begun. */
async function alreadyThere(intent: Intent): Promise<string | null> {
  try {
    const { jobs } = await backend.queue();
    const mine = jobs?.find(
      (j) =>
        j.kind === "download" &&
        j.title === intent.body.title &&
        j.state !== "cancelled" &&
        j.created !== null &&
        Date.parse(j.created) >= intent.at - 2000,
    );
    return mine?.id ?? null;
  } catch (e) {
    if (e instanceof Offline) throw e;
    return null;
  }
}

/** After a death: what was begun is brought to its end. */
export async function resumeIntents(): Promise<void> {
  const stored = await chrome.storage.session.get(null);
  for (const [key, value] of Object.entries(stored))
    if (key.startsWith("intent ")) await perform(value as Intent, true).catch(() => {});
  const open = new Set(
    Object.keys(await chrome.storage.session.get(null))
      .filter((k) => k.startsWith("intent "))
      .map((k) => k.slice(7)),
  );
  // The browser was closed in that moment: what was wanted is not known any more.
  await changeJobs((list) => {
    const kept = list.filter(
      (j) => j.state !== "starting" || open.has(j.nonce) || Date.now() - j.started < 60_000,
    );
    return kept.length === list.length ? null : kept;
  });
}

/** Tells two signatures apart without keeping one. */
async function fingerprint(auth: Auth): Promise<string> {
  const bytes = new TextEncoder().encode(`${auth.policy} ${auth.signature}`);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...hash.subarray(0, 8)].map((b) => b.toString(16).padStart(2, "0")).join("");
}

// ---- following ----

let following: Promise<boolean> | null = null;

/** Asks for all unfinished jobs once; true while there are any. */
export function follow(): Promise<boolean> {
  following ??= followAll().finally(() => {
    following = null;
  });
  return following;
}

async function followAll(): Promise<boolean> {
  await resumeIntents();
  const open = (await readJobs()).filter((j) => ACTIVE.has(j.state) && j.id);
  for (const job of open) {
    try {
      await followOne(job);
    } catch (e) {
      if (e instanceof Offline) break;
      if (e instanceof Refused && e.status === 404)
        await changeJob(job.nonce, {
          state: "error",
          detail: text("errorGone"),
          hint: "",
          failed: "download",
        });
    }
  }
  return (await readJobs()).some((j) => ACTIVE.has(j.state));
}

async function followOne(job: Job): Promise<void> {
  if (job.state === "processing") return followProcess(job);
  const s = await backend.status(job.id);
  const change: Partial<Job> = {
    progress: s.progress,
    rate: s.rate ?? 0,
    eta: s.eta ?? -1,
    recording: s.recordingId ?? job.recording,
    path: s.path ?? job.path,
    detail: "",
    hint: "",
  };
  if (s.status === "complete") return arrived({ ...job, ...change }, change);
  if (s.status !== "error") {
    change.state = s.status;
    return changeJob(job.nonce, change);
  }
  return stopped(job, change, s.state ?? "", s.error ?? s.message ?? "");
}

async function stopped(job: Job, change: Partial<Job>, state: string, detail: string): Promise<void> {
  let code = "";
  change.detail = detail;
  try {
    const more = await backend.job(job.id);
    code = more.error?.code ?? "";
    change.detail = more.error?.detail ?? detail;
    change.hint = more.error?.hint ?? "";
  } catch (e) {
    if (e instanceof Offline) throw e;
    // The contract has no such address: its sentence has to do.
    if (/signature|expired/i.test(detail)) code = "signature_expired";
  }
  if (code === "signature_expired" || code === "forbidden") {
    await changeJob(job.nonce, { ...change, state: "signature" });
    await refresh({ ...job, ...change, state: "signature" });
    return;
  }
  if (state === "paused") return changeJob(job.nonce, { ...change, state: "paused" });
  await changeJob(job.nonce, { ...change, state: "error", failed: "download" });
}

async function arrived(job: Job, change: Partial<Job>): Promise<void> {
  const { process } = await readSettings();
  if (job.wantsProcess && process && job.path) {
    const { processId } = await backend.process({ title: job.title, videoPath: job.path });
    await changeJob(job.nonce, {
      ...change,
      state: "processing",
      process: processId,
      progress: 0,
      stage: "",
      wantsProcess: false,
    });
    return;
  }
  const next = process ? await processOf(job) : null;
  if (next) {
    await changeJob(job.nonce, { ...change, state: "processing", process: next, progress: 0, stage: "" });
    return;
  }
  await finished(job, change);
}

/** The processing that the backend began by itself. */
async function processOf(job: Job): Promise<string | null> {
  const { jobs } = await backend.queue();
  const mine =
    jobs?.filter((j) => j.kind === "process" && j.lectureId === job.recording && j.state !== "cancelled") ??
    [];
  const going = mine.find((j) => j.state === "running" || j.state === "waiting") ?? mine[0];
  return going?.id ?? null;
}

async function followProcess(job: Job): Promise<void> {
  const p = await backend.processStatus(job.process);
  const change: Partial<Job> = {
    progress: p.progress,
    stage: p.stage ?? "",
    eta: p.eta ?? -1,
    rate: 0,
    recording: p.recordingId ?? job.recording,
  };
  if (p.status === "complete") return finished(job, change);
  if (p.status === "error")
    return changeJob(job.nonce, {
      ...change,
      state: "error",
      failed: "process",
      detail: p.error ?? p.message ?? "",
    });
  return changeJob(job.nonce, change);
}

/** Told before it is noted as told: a worker that dies in between tells again, under the same id. */
async function finished(job: Job, change: Partial<Job>): Promise<void> {
  const recording = change.recording || job.recording || (await recordingOf(job));
  const { notify } = await readSettings();
  if (notify && !job.told)
    await chrome.notifications
      .create(`lecture ${recording}`, {
        type: "basic",
        iconUrl: chrome.runtime.getURL("icons/128.png"),
        title: text("notifyTitle"),
        message: job.title,
      })
      .catch(() => undefined); // a system without notifications: the lecture is ready all the same
  await changeJob(job.nonce, { ...change, recording, state: "complete", progress: 100, told: true });
}

/** A backend that does not name the recording: the one with the video. */
async function recordingOf(job: Job): Promise<string> {
  try {
    const { recordings } = await backend.recordings();
    const mine =
      recordings.find((r) => job.path && r.videoPath === job.path) ??
      recordings.find((r) => r.title === job.title);
    return mine?.id ?? "";
  } catch {
    return "";
  }
}

export async function retry(job: Job): Promise<void> {
  if (job.failed === "process" && job.process) {
    await backend.retry(job.process);
    await changeJob(job.nonce, { state: "processing", detail: "", hint: "", failed: "" });
    return;
  }
  if (job.state === "paused" || job.state === "signature") await backend.resume(job.id);
  else await backend.retry(job.id);
  await changeJob(job.nonce, { state: "pending", detail: "", hint: "", failed: "" });
}

// ---- fresh signatures ----

/** The newest signature that was seen for a job's stream, when it was not sent before. */
function newest(job: Job, all: Sighting[]): { auth: Auth; at: number } | null {
  // Below a host's own root lies everything that it has.
  const folders = job.identities.map((i) => i.slice(0, i.lastIndexOf("/") + 1)).filter((f) => /\/./.test(f));
  const stream = `https://${job.identities[0] ?? ""}`;
  const found: { auth: Auth; at: number; opens: boolean }[] = [];
  for (const s of all) {
    if (!s.auth || isExpired(s.auth, Date.now() / 1000)) continue;
    const identity = streamIdentity(s.url);
    if (job.identities.includes(identity) || folders.some((f) => identity.startsWith(f)))
      found.push({ auth: s.auth, at: s.authAt, opens: covers(s.auth, stream) });
  }
  return found.sort((a, b) => Number(b.opens) - Number(a.opens) || b.at - a.at)[0] ?? null;
}

/** Sends it when the backend waits for one. */
export async function refresh(job: Job): Promise<boolean> {
  const found = newest(job, await allSightings());
  if (!found) return false;
  const print = await fingerprint(found.auth);
  if (print === job.sent) return false;
  await backend.credentials(job.id, found.auth);
  await changeJob(job.nonce, { sent: print, state: "pending", detail: "", hint: "" });
  return true;
}

/** A lecture was opened again, or its signature was renewed: does a download wait for that? */
export async function onSignature(s: Sighting): Promise<void> {
  const identity = streamIdentity(s.url);
  const open = (await readJobs()).filter((j) => j.id && ACTIVE.has(j.state) && j.state !== "processing");
  for (const job of open) {
    const mine = newest(job, [s]) !== null || job.identities.includes(identity);
    if (mine) await followOne(job).catch(() => {});
  }
}
