/** The worker's own look at a playlist: length, qualities, live or recorded. */
import type { Facts, Sighting } from "../capture/sighting";
import { qualityRank } from "../hls/names";
import { bestFirst, type Media, parsePlaylist } from "../hls/playlist";
import { addSignature } from "../hls/signature";
import { putFacts } from "./book";

const TIMEOUT_MS = 10_000;
const MAX_BYTES = 32 << 20;
/** A refused look is repeated when its signature is newer, or after a while. */
const AGAIN_MS = [1_000, 4_000, 15_000, 60_000];

const running = new Map<string, Promise<void>>();

interface Got {
  status: number;
  text: string;
  url: string;
}

/**
 * Runs here, or as a script in the page: nothing of this file is seen there. What does not begin
 * as a playlist is not read on: it may be a whole segment.
 */
async function fetchText(url: string, timeout: number, most: number): Promise<Got> {
  const ask = async (credentials: RequestCredentials): Promise<Got> => {
    const answer = await fetch(url, { credentials, cache: "no-store", signal: AbortSignal.timeout(timeout) });
    const got = { status: answer.status, text: "", url: answer.url || url };
    const reader = answer.ok ? answer.body?.getReader() : undefined;
    const decoder = new TextDecoder();
    for (let read = await reader?.read(); read && !read.done; read = await reader?.read()) {
      got.text += decoder.decode(read.value, { stream: true });
      const start = got.text.trimStart().slice(0, 7);
      if (!"#EXTM3U".startsWith(start) || got.text.length > most) {
        void reader?.cancel();
        return { ...got, text: "" };
      }
    }
    return got;
  };
  try {
    return await ask("include");
  } catch {
    // A server that lets anybody read ("*") does so without cookies only.
    return await ask("omit").catch(() => ({ status: 0, text: "", url }));
  }
}

type Place = Pick<Sighting, "tab" | "documents">;

async function fetchInPage(s: Place, url: string): Promise<Got | null> {
  if (s.tab < 0) return null;
  // The newest first; those that are gone cannot be asked any more.
  for (const document of s.documents.toReversed())
    try {
      const [done] = await chrome.scripting.executeScript({
        target: { tabId: s.tab, documentIds: [document] },
        injectImmediately: true,
        func: fetchText,
        args: [url, TIMEOUT_MS, MAX_BYTES],
      });
      const got = done?.result as Got | undefined;
      if (got?.text) return got;
    } catch {}
  return null;
}

/** Some servers answer to the site's own pages only: then one of them asks. */
async function fetchPlaylist(s: Place & { auth: Sighting["auth"] }, url: string): Promise<Got> {
  const signed = addSignature(url, s.auth);
  const got = await fetchText(signed, TIMEOUT_MS, MAX_BYTES);
  if (got.text || ![0, 401, 403].includes(got.status)) return got;
  const second = await fetchInPage(s, signed);
  return second?.text ? second : got;
}

async function mediaOf(s: Sighting, urls: string[]): Promise<Media | null> {
  for (const url of urls) {
    const got = await fetchPlaylist(s, url);
    const list = got.text ? parsePlaylist(got.text, got.url) : null;
    if (list?.kind === "media") return list;
  }
  return null;
}

async function lookNow(s: Sighting): Promise<void> {
  const got = await fetchPlaylist(s, s.url);
  const list = got.text ? parsePlaylist(got.text, got.url) : null;
  const facts: Facts = {
    at: Date.now(),
    failures: list ? 0 : (s.facts?.failures ?? 0) + 1,
    status: got.status,
    kind: list?.kind ?? null,
    variants: [],
    others: [],
    media: null,
  };
  if (list?.kind === "media") facts.media = list;
  if (list?.kind === "master") {
    // What a master names may be signed in itself: such a query is no part of the stream.
    facts.variants = list.variants.slice(0, 30);
    facts.others = list.others.slice(0, 60);
    const best = bestFirst(list.variants, qualityRank).map((v) => v.url);
    facts.media = await mediaOf(s, best.slice(0, 3));
  }
  // A look that failed does not undo one that did not.
  if (!list && s.facts?.kind) {
    await putFacts(s.id, { ...s.facts, at: facts.at, failures: facts.failures, status: facts.status });
    return;
  }
  await putFacts(s.id, facts);
}

function isDue(s: Sighting, now: number, liveAfterMs: number): boolean {
  const f = s.facts;
  if (!f) return true;
  if (f.kind && f.failures === 0) {
    if (f.kind === "master" && !f.media) return now - f.at > 4_000;
    return f.media !== null && !f.media.ended && now - f.at >= liveAfterMs;
  }
  if (s.auth && s.authAt > f.at) return true;
  return now - f.at >= (AGAIN_MS[Math.min(f.failures, AGAIN_MS.length) - 1] ?? 60_000);
}

/** Looks where it is due; live playlists again after a while. */
export async function look(list: Sighting[], liveAfterMs: number): Promise<void> {
  const now = Date.now();
  await Promise.all(
    list
      .filter((s) => s.kind === "playlist" && !s.moved && isDue(s, now, liveAfterMs))
      .slice(0, 12)
      .map((s) => {
        const going = running.get(s.id);
        if (going) return going;
        const job = lookNow(s).finally(() => running.delete(s.id));
        running.set(s.id, job);
        return job;
      }),
  );
}

const sniffed = new Set<string>();

export function isSniffed(url: string): boolean {
  return sniffed.has(url);
}

/** Whether an address whose name tells nothing holds a playlist; each is asked once. */
export async function isPlaylist(url: string, place: Place): Promise<boolean> {
  sniffed.add(url);
  const got = await fetchPlaylist({ ...place, auth: null }, url);
  return parsePlaylist(got.text, got.url) !== null;
}
