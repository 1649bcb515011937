/**
 * What was seen of streams: one entry per tab and playlist, and one per tab and folder of
 * segments. Pure; events may come in any order, as a waking worker gets them.
 */
import { folderOf, numberedChunk } from "../hls/names";
import type { Media, Variant } from "../hls/playlist";
import { type Auth, splitSignature, streamIdentity } from "../hls/signature";

/** What a look at the playlist itself told. */
export interface Facts {
  /** When, in ms since 1970. */
  at: number;
  /** Failed looks so far; the status of the last one (0: no answer). */
  failures: number;
  status: number;
  kind: "master" | "media" | null;
  variants: Variant[];
  others: string[];
  /** Of the media playlist, or of a master's best variant. */
  media: Media | null;
}

export interface Sighting {
  id: string;
  kind: "playlist" | "segments";
  /** -1: a page's own service worker asked; which tab it was for is not said. */
  tab: number;
  /** Origin of the page that asked. */
  initiator: string;
  /** The documents that asked, and those around them. */
  documents: string[];
  /** Without the three values of a signature. Segments: the folder. */
  url: string;
  auth: Auth | null;
  /** When `auth` was seen. */
  authAt: number;
  first: number;
  last: number;
  /** Segments: the highest number seen, when the naming is one that the backend knows. */
  chunk: number | null;
  /** Segments: whole files that passed by, for an estimate of the size. */
  bytes: number;
  files: number;
  facts: Facts | null;
  /** It only led to another address: no stream itself. */
  moved: boolean;
  /** The page's address when this was first seen: where a student finds it again. */
  page: string;
}

/** One request, reduced to what is needed. */
export interface Seen {
  url: string;
  kind: "playlist" | "segment";
  tab: number;
  time: number;
  initiator: string;
  documents: string[];
  /** From a Cookie header. */
  cookies: Auth | null;
  /** A whole segment's length. */
  bytes: number;
}

const MAX_DOCUMENTS = 8;

export function sightingId(seen: Pick<Seen, "url" | "kind" | "tab" | "initiator">): string {
  const what = seen.kind === "playlist" ? streamIdentity(seen.url) : `${folderOf(seen.url)}*`;
  // The service workers of two sites may fetch the same: told apart by their site.
  return `${seen.tab >= 0 ? seen.tab : seen.initiator} ${what}`;
}

/** The entry after one more request. `old` is not changed. */
export function merge(old: Sighting | undefined, seen: Seen): Sighting {
  const segments = seen.kind === "segment";
  const signed = splitSignature(seen.url);
  const auth = signed.auth ?? seen.cookies;
  const chunk = segments ? numberedChunk(seen.url) : null;
  const whole = seen.bytes > 0;
  if (!old)
    return {
      id: sightingId(seen),
      kind: segments ? "segments" : "playlist",
      tab: seen.tab,
      initiator: seen.initiator,
      documents: seen.documents,
      url: segments ? folderOf(seen.url) : signed.url,
      auth,
      authAt: auth ? seen.time : 0,
      first: seen.time,
      last: seen.time,
      chunk,
      bytes: seen.bytes,
      files: whole ? 1 : 0,
      facts: null,
      moved: false,
      page: "",
    };
  const newer = auth !== null && seen.time >= old.authAt;
  return {
    ...old,
    documents: [...new Set([...old.documents, ...seen.documents])].slice(-MAX_DOCUMENTS),
    // The query may hold a signature of another kind: the newest is the one that works.
    url: !segments && seen.time >= old.last ? signed.url : old.url,
    auth: newer ? auth : old.auth,
    authAt: newer ? seen.time : old.authAt,
    first: Math.min(old.first, seen.time),
    last: Math.max(old.last, seen.time),
    chunk: chunk === null ? old.chunk : Math.max(old.chunk ?? 0, chunk),
    bytes: old.bytes + seen.bytes,
    files: old.files + (whole ? 1 : 0),
  };
}

/**
 * The oldest entries that are too many; a page cannot fill the store. Segments go first: a
 * player asks for its playlist once, and then for hours for segments.
 */
export function surplus(all: Iterable<Sighting>, most: number): Sighting[] {
  const list = [...all];
  if (list.length <= most) return [];
  const worth = (s: Sighting) => (s.kind === "playlist" ? 1 : 0);
  return list.sort((a, b) => worth(a) - worth(b) || a.last - b.last).slice(0, list.length - most);
}
