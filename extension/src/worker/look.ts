/** The worker's own look at a playlist: length, qualities, live or recorded. */
import type { Facts, Sighting } from "../capture/sighting";
import { qualityRank } from "../hls/names";
import { bestFirst, type Media, parsePlaylist } from "../hls/playlist";
import { type Auth, addSignature } from "../hls/signature";
import { putFacts } from "./book";

const TIMEOUT_MS = 10_000;
const MAX_BYTES = 32 << 20;
/** A refused look is repeated when its signature is newer, or after a while. */
const AGAIN_MS = [1_000, 4_000, 15_000, 60_000];

const running = new Map<string, Promise<void>>();

async function fetchPlaylist(
  url: string,
  auth: Auth | null,
): Promise<{ status: number; text: string; url: string }> {
  try {
    const answer = await fetch(addSignature(url, auth), {
      credentials: "include",
      cache: "no-store",
      referrerPolicy: "no-referrer",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const long = Number(answer.headers.get("Content-Length") ?? 0) > MAX_BYTES;
    return {
      status: answer.status,
      text: answer.ok && !long ? await answer.text() : "",
      url: answer.url || url,
    };
  } catch {
    return { status: 0, text: "", url };
  }
}

async function mediaOf(urls: string[], auth: Auth | null): Promise<Media | null> {
  for (const url of urls) {
    const got = await fetchPlaylist(url, auth);
    const list = got.text ? parsePlaylist(got.text, got.url) : null;
    if (list?.kind === "media") return list;
  }
  return null;
}

async function lookNow(s: Sighting): Promise<void> {
  const got = await fetchPlaylist(s.url, s.auth);
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
    facts.media = await mediaOf(best.slice(0, 3), s.auth);
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
      .filter((s) => s.kind === "playlist" && isDue(s, now, liveAfterMs))
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
