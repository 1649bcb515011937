/** The HTTP surface of the backend: what is sent and what comes back. Only worker and pages of the extension use it. */
import type { Lecture } from "../capture/lecture";
import { splitSignature } from "../hls/signature";
import { readKey, readSettings } from "./settings";

const TIMEOUT_MS = 15_000;
/** Who asks here need not be known: a key that is no longer good does not stand in the way. */
const OPEN = new Set(["/api/health", "/api/pair"]);

export class Offline extends Error {}

/** The backend said no; `message` is its own sentence. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    readonly hint: string,
  ) {
    super(detail);
  }
}

export interface DownloadStatus {
  downloadId: string;
  status: "pending" | "downloading" | "complete" | "error";
  progress: number;
  message: string;
  path: string | null;
  error: string | null;
  title: string;
  /** Beyond the contract: a server that has them is believed. */
  state?: string;
  rate?: number;
  eta?: number;
  recordingId?: string | null;
}

export interface ProcessStatus {
  processId: string;
  status: "queued" | "processing" | "complete" | "error";
  progress: number;
  stage: string | null;
  message: string | null;
  error: string | null;
  eta?: number;
  recordingId?: string | null;
}

export interface Check {
  exists: boolean;
  status: string | null;
  path: string | null;
  id?: string | null;
}

export interface Health {
  status: string;
  version: string;
  features?: string[];
}

/** Field for field what the wire contract names. */
export interface DownloadRequest {
  title: string;
  url: string;
  streamInfo: {
    baseUrl?: string;
    streamUrl?: string;
    keyPairId?: string;
    policy?: string;
    signature?: string;
    detectedChunk?: number;
  };
  startTime: number | null;
  endTime: number | null;
  /** Only for a backend that says that it knows it. */
  process?: boolean;
}

export function downloadRequest(
  lecture: Lecture,
  wanted: { title: string; start: number | null; end: number | null; quality: string },
): DownloadRequest {
  const info: DownloadRequest["streamInfo"] = {};
  if (lecture.baseUrl) info.baseUrl = lecture.baseUrl;
  // A rendition may be signed in itself, for itself alone.
  const chosen = wanted.quality ? splitSignature(wanted.quality) : null;
  if (lecture.streamUrl) info.streamUrl = chosen?.url ?? lecture.streamUrl;
  const auth = chosen?.auth ?? lecture.auth;
  if (auth) {
    info.keyPairId = auth.keyPairId;
    info.policy = auth.policy;
    info.signature = auth.signature;
  }
  if (lecture.chunk !== null) info.detectedChunk = lecture.chunk;
  return {
    title: wanted.title.trim().slice(0, 300) || lecture.title,
    url: lecture.page,
    streamInfo: info,
    startTime: wanted.start,
    endTime: wanted.end,
  };
}

async function request<T>(method: string, path: string, body?: unknown, base?: string): Promise<T> {
  const backend = base ?? (await readSettings()).backend;
  const key = OPEN.has(path) ? null : await readKey(backend);
  const headers: Record<string, string> = {};
  if (key) headers.Authorization = `Bearer ${key}`;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let answer: Response;
  let text: string;
  try {
    answer = await fetch(backend + path, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: "omit",
      cache: "no-store",
      redirect: "error",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    text = await answer.text();
  } catch {
    throw new Offline();
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw answer.ok ? new Offline() : new Refused(answer.status, "", `HTTP ${answer.status}`, "");
  }
  if (!answer.ok) {
    const e = value as { detail?: unknown; code?: unknown; hint?: unknown };
    const say = (v: unknown) => (typeof v === "string" ? v : "");
    throw new Refused(answer.status, say(e.code), say(e.detail) || `HTTP ${answer.status}`, say(e.hint));
  }
  return value as T;
}

const id = encodeURIComponent;

export const backend = {
  health: (base?: string) => request<Health>("GET", "/api/health", undefined, base),
  download: (body: DownloadRequest) => request<{ downloadId: string }>("POST", "/api/download", body),
  status: (download: string) => request<DownloadStatus>("GET", `/api/status/${id(download)}`),
  process: (body: { title: string; videoPath: string }) =>
    request<{ processId: string }>("POST", "/api/process", body),
  processStatus: (process: string) => request<ProcessStatus>("GET", `/api/process/${id(process)}`),
  check: (title: string) => request<Check>("GET", `/api/recordings/check?title=${id(title)}`),
  recordings: () =>
    request<{ recordings: { id: string; title: string; status: string; videoPath: string | null }[] }>(
      "GET",
      "/api/recordings",
    ),
  queue: () =>
    request<{
      history?: ProcessStatus[];
      jobs?: {
        id: string;
        kind: string;
        state: string;
        title: string | null;
        created: string | null;
        lectureId: string | null;
      }[];
    }>("GET", "/api/queue"),
  job: (job: string) =>
    request<{ state: string; error: { code: string | null; detail: string; hint: string | null } | null }>(
      "GET",
      `/api/jobs/${id(job)}`,
    ),
  credentials: (download: string, auth: { keyPairId: string; policy: string; signature: string }) =>
    request<unknown>("POST", `/api/download/${id(download)}/credentials`, { streamInfo: auth }),
  retry: (job: string) => request<unknown>("POST", `/api/jobs/${id(job)}/retry`, {}),
  resume: (job: string) => request<unknown>("POST", `/api/jobs/${id(job)}/resume`, {}),
  pair: (code: string, base?: string) => request<{ key?: string }>("POST", "/api/pair", { code }, base),
};
