// Files on their way to the service, piece by piece. A cut is no end: the service says where
// to go on, also after this page was closed and the same file is chosen again.
import { useSyncExternalStore } from "react";
import { ApiError, api, send } from "../api/client";
import { getConnection, watchConnection } from "../api/events";
import { readStored, writeStored } from "./store";

export interface Upload {
  key: string;
  name: string;
  size: number;
  sent: number;
  state: "sending" | "waiting" | "failed";
  error?: unknown;
}

interface Options {
  process: boolean;
  title?: string;
}

const PIECE = 8 << 20;
const STORE = "uploads";
const watchers = new Set<() => void>();
const aborts = new Map<string, AbortController>();
let list: Upload[] = [];

function set(changed: Upload[]): void {
  list = changed;
  for (const fn of watchers) fn();
}

const change = (key: string, what: Partial<Upload>) =>
  set(list.map((u) => (u.key === key ? { ...u, ...what } : u)));

function remember(key: string, id: string | null): void {
  const { [key]: _, ...others } = readStored<Record<string, string>>(STORE, {});
  writeStored(STORE, id ? { ...others, [key]: id } : others);
}

export function useUploads(): Upload[] {
  return useSyncExternalStore(
    (fn) => {
      watchers.add(fn);
      return () => watchers.delete(fn);
    },
    () => list,
  );
}

export function cancelUpload(key: string): void {
  aborts.get(key)?.abort();
  aborts.delete(key);
  remember(key, null);
  set(list.filter((u) => u.key !== key));
}

/** Resolves when the service is there again. */
const online = () =>
  new Promise<void>((go) => {
    if (getConnection() !== "offline") {
      setTimeout(go, 1000);
      return;
    }
    const stop = watchConnection(() => {
      if (getConnection() === "online") {
        stop();
        go();
      }
    });
  });

async function begin(key: string, file: File, options: Options): Promise<{ id: string; offset: number }> {
  const known = readStored<Record<string, string>>(STORE, {})[key];
  if (known) {
    try {
      const at = await api.get("/api/v1/import/{uploadId}", { path: { uploadId: known } });
      return { id: known, offset: at.offset ?? 0 };
    } catch (e) {
      if (!(e instanceof ApiError) || e.status >= 500) throw e;
    }
  }
  const made = await api.post("/api/v1/import", {
    body: { filename: file.name, size: file.size, process: options.process, title: options.title ?? null },
  });
  const id = made.uploadId ?? "";
  remember(key, id);
  return { id, offset: 0 };
}

async function piece(id: string, file: File, offset: number, signal: AbortSignal): Promise<number> {
  const end = Math.min(offset + PIECE, file.size);
  const answer = await send("post", `/api/v1/import?upload=${id}`, {
    body: file.slice(offset, end),
    headers: {
      "Content-Type": "application/octet-stream",
      "Content-Range": `bytes ${offset}-${end - 1}/${file.size}`,
    },
    signal,
  });
  const { offset: next } = (await answer.json()) as { offset: number };
  return next;
}

/** Sends a file; it has a card in the library while it is on its way. */
export async function upload(file: File, options: Options): Promise<void> {
  const key = `${file.name}:${file.size}:${file.lastModified}`;
  if (list.some((u) => u.key === key && u.state !== "failed")) return;
  const abort = new AbortController();
  aborts.set(key, abort);
  set([
    ...list.filter((u) => u.key !== key),
    { key, name: file.name, size: file.size, sent: 0, state: "sending" },
  ]);
  for (;;) {
    try {
      let { id, offset } = await begin(key, file, options);
      while (offset < file.size) {
        change(key, { sent: offset, state: "sending" });
        offset = await piece(id, file, offset, abort.signal);
      }
      remember(key, null);
      set(list.filter((u) => u.key !== key));
      return;
    } catch (error) {
      if (abort.signal.aborted) return;
      if (error instanceof ApiError && error.status < 500 && error.status !== 409) {
        remember(key, null);
        change(key, { state: "failed", error });
        return;
      }
      change(key, { state: "waiting" });
      await online();
      if (abort.signal.aborted) return;
    }
  }
}
