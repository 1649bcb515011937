/** From what was seen to the lecture that a tab shows now. Pure. */
import { family, folderOf, heightInName, isSideTrack, lectureFolder, qualityRank } from "../hls/names";
import { bestFirst, type Variant } from "../hls/playlist";
import { type Auth, covers, pageAddress, streamIdentity } from "../hls/signature";
import type { Facts, Sighting } from "./sighting";

/** What the page itself says, read once by a script when it is needed. */
export interface PageFacts {
  /** The documents in the tab now. */
  documents: string[];
  origins: string[];
  /** When the page's document began, in ms since 1970. */
  since: number;
  address: string;
  title: string;
  /** What may be its title as well, best first. */
  headings: string[];
  /** Addresses that the page loaded, of playlists and of what was seen elsewhere. */
  loaded: string[];
  /** Lengths of its videos in seconds (0: not known yet); empty when nothing can play. */
  videos: number[];
  hasVideo: boolean;
}

/** When a tab's address changed, by the worker's clock: it may have been a little earlier. */
export interface Route {
  at: number;
  /** How much earlier at most. */
  late: number;
  address: string;
}

export interface TabNote {
  id: number;
  /** Newest last; addresses of one lecture's page count as one, from the first on. */
  routes: Route[];
  /** When its document was asked for. */
  load: number;
}

export interface Quality {
  /** "" is the best that there is. */
  id: string;
  label: string;
  bandwidth: number;
}

export interface Lecture {
  /** Stable while the lecture is the same, whatever its signature. */
  id: string;
  identities: string[];
  title: string;
  course: string;
  page: string;
  /** What the backend gets: a playlist, or a folder and a number. */
  streamUrl: string;
  baseUrl: string;
  chunk: number | null;
  auth: Auth | null;
  authAt: number;
  live: boolean;
  /** null: not known yet. */
  duration: number | null;
  /** The playlist no longer holds the beginning. */
  tailOnly: boolean;
  qualities: Quality[];
  height: number;
  bytes: number | null;
  /** The last look at the playlist was refused: its signature has ended or was never seen. */
  refused: boolean;
  /** The playlist cannot be had, neither here nor by the page. */
  broken: boolean;
  /** There is no way to the playlist from here: its host is not allowed. */
  unreachable: boolean;
  looked: boolean;
  last: number;
}

// ---- which entries belong to the tab as it is now ----

/** Whether a document that the tab shows now asked for it. */
function isInPage(s: Sighting, tab: TabNote, page: PageFacts | null): boolean {
  if (s.tab >= 0 && s.tab !== tab.id) return false;
  if (!page) return s.tab >= 0 && s.last >= tab.load;
  if (s.documents.length > 0 && s.tab >= 0) return s.documents.some((d) => page.documents.includes(d));
  return ofWorker(s, tab, page);
}

/** Whether it belongs to the page's present address, when the page changes that by itself. */
function isSinceRoute(s: Sighting, route: Route, page: PageFacts | null): boolean {
  if (s.last < route.at - route.late) return page !== null && stillShown(s, page);
  // Of the last moment before, as far as the worker's clock can tell: only while something plays.
  return s.last > route.at || page === null || page.videos.length > 0;
}

/** The entries that belong to the tab as it is now. */
export function currentOf(all: Iterable<Sighting>, tab: TabNote, page: PageFacts | null): Sighting[] {
  const here = [...all].filter((s) => !s.moved && isInPage(s, tab, page));
  const route = tab.routes.at(-1);
  if (!route || tab.routes.length < 2) return here;
  const now = new Set(here.filter((s) => isSinceRoute(s, route, page)));
  for (const p of here.filter((s) => s.kind === "playlist" && !now.has(s))) {
    const segments = here.filter((s) => s.kind === "segments" && holds(p, s));
    // It plays on under the new address, or these are its last requests.
    if (segments.some((s) => s.last > route.at) && (page === null || page.videos.length > 0)) now.add(p);
    else for (const s of segments) now.delete(s);
  }
  return [...now];
}

/** Asked by a page's service worker, or found in the page's own records. */
function ofWorker(s: Sighting, tab: TabNote, page: PageFacts): boolean {
  if (s.tab === tab.id) return s.last >= page.since - 1000;
  return page.origins.includes(s.initiator) && s.last >= page.since - 1000;
}

/** A video of the playlist's length is still there: the address changed around it. */
function stillShown(s: Sighting, page: PageFacts): boolean {
  const length = s.facts?.media?.duration;
  return length !== undefined && length > 0 && page.videos.some((v) => Math.abs(v - length) < 2);
}

const ID_BEFORE =
  /^(class(es)?|lectures?|lessons?|meetings?|sessions?|courses?|videos?|topics?|modules?|i|watch|embed)$/i;
/** Parts of a lecture's page and of a site, by which no lecture is named. */
const PART =
  /^(live|archive|all|list|home|upcoming|past|session|class|lecture|watch|play(er)?|videos?|recordings?|notes?|assignments?|homework|problems?|quiz(zes)?|overview|about|details?|summary|contents?|resources?|attachments?|transcripts?|discuss(ions?)?|comments?|chat|doubts?|feedback)$/i;
/** Parameters that name a lecture; others are for a part of its page. */
const NAMES_LECTURE =
  /^(v|w|id|.*[a-z]_?id|video|lecture|lec|class|session|lesson|meeting|slug|topic|module|item|episode|ep|recording|unit|chapter)$/i;

/** A page's path; some sites keep it behind a "#/". */
function placeOf(address: string): { host: string; parts: string[]; query: URLSearchParams } {
  const url = new URL(address);
  const inner = /^#!?(\/.*)$/.exec(url.hash)?.[1] ?? "";
  const [path = "", query = ""] = inner.split("?", 2);
  return {
    host: url.host,
    parts: `${url.pathname}/${path}`.split("/").filter(Boolean),
    query: new URLSearchParams([...url.searchParams, ...new URLSearchParams(query)]),
  };
}

function idsIn(parts: string[]): string[] {
  return parts.filter(
    (p, i) => i > 0 && ID_BEFORE.test(parts[i - 1] ?? "") && !ID_BEFORE.test(p) && !PART.test(p),
  );
}

/** Class or course ids in an address: the parts of one lecture's page share them. */
export function pageIds(address: string): string[] {
  try {
    return idsIn(placeOf(address).parts);
  } catch {
    return [];
  }
}

/** Whether two addresses are parts of one lecture's page. */
export function sameLecture(before: string, now: string): boolean {
  if (!before) return false;
  try {
    const a = placeOf(before);
    const b = placeOf(now);
    const named = (q: URLSearchParams) => [...q].filter(([n]) => NAMES_LECTURE.test(n)).join();
    if (a.host !== b.host || named(a.query) !== named(b.query)) return false;
    if (a.parts.join("/") === b.parts.join("/")) return true;
    // /class/7/session and /class/7/notes, but not /course/7/trees and /course/7/graphs.
    const shared = a.parts.findIndex((p, i) => p !== b.parts[i]);
    const length = shared < 0 ? a.parts.length : shared;
    const onlyParts = [...a.parts.slice(length), ...b.parts.slice(length)].every((p) => PART.test(p));
    return onlyParts && idsIn(a.parts.slice(0, length)).length > 0;
  } catch {
    return false;
  }
}

// ---- from entries to lectures ----

interface Group {
  /** The playlist that stands for the lecture. */
  head: Sighting | null;
  members: Sighting[];
}

export function lecturesOf(all: Iterable<Sighting>, tab: TabNote, page: PageFacts | null): Lecture[] {
  const current = currentOf(all, tab, page);
  return groups(exactly(current, page))
    .map((g) => describe(g, tab, page))
    .filter((l) => l !== null)
    .sort(preferred);
}

/** Two tabs of a site with a service worker: what this page's records name is this page's. */
function exactly(current: Sighting[], page: PageFacts | null): Sighting[] {
  if (!page || !current.some((s) => s.tab < 0)) return current;
  const loaded = new Set(page.loaded.map(streamIdentity));
  const named = current.filter(
    (s) => s.tab < 0 && s.kind === "playlist" && loaded.has(streamIdentity(s.url)),
  );
  if (named.length === 0) return current;
  const families = new Set(named.map((s) => lectureFolder(s.url)));
  return current.filter((s) => s.tab >= 0 || named.includes(s) || families.has(lectureFolder(s.url)));
}

function groups(current: Sighting[]): Group[] {
  const found: Group[] = [];
  const taken = new Set<Sighting>();
  const playlists = current.filter((s) => s.kind === "playlist" && !s.facts?.media?.audioOnly);
  const take = (head: Sighting | null, members: Sighting[]) => {
    found.push({ head, members });
    for (const m of members) taken.add(m);
  };
  // A master names its renditions.
  for (const master of playlists.filter((s) => s.facts?.kind === "master")) {
    if (taken.has(master)) continue;
    const names = new Set(
      [...(master.facts?.variants.map((v) => v.url) ?? []), ...(master.facts?.others ?? [])].map(
        streamIdentity,
      ),
    );
    const children = current.filter(
      (s) => s.kind === "playlist" && s !== master && names.has(streamIdentity(s.url)),
    );
    take(master, [master, ...children]);
  }
  // Without one, renditions have the same name but for their number.
  const rest = playlists.filter((s) => !taken.has(s));
  const pictures = rest.filter((s) => !isSideTrack(s.url));
  for (const s of pictures.length > 0 ? pictures : rest) {
    if (taken.has(s)) continue;
    const same = rest.filter(
      (o) => !taken.has(o) && family(o.url) === family(s.url) && usable(o) === usable(s),
    );
    const best = [...same].sort((a, b) => qualityRank(b.url) - qualityRank(a.url) || b.last - a.last)[0];
    if (best) take(best, same);
  }
  // Segments whose playlist was not seen; those of a known one only tell that it is played.
  for (const s of current.filter((o) => o.kind === "segments")) {
    const owner = found.find((g) => g.members.some((m) => holds(m, s)));
    if (owner) owner.members.push(s);
  }
  const owned = new Set(found.flatMap((g) => g.members));
  const loose = current.filter((s) => s.kind === "segments" && !owned.has(s) && !isSideTrack(s.url));
  for (const s of loose) {
    if (taken.has(s)) continue;
    const same = loose.filter((o) => !taken.has(o) && family(o.url) === family(s.url));
    const numbered = same.filter((o) => o.chunk !== null);
    const best = [...numbered].sort((a, b) => qualityRank(b.url) - qualityRank(a.url) || b.last - a.last)[0];
    if (best) take(best, same);
    else for (const m of same) taken.add(m);
  }
  return found;
}

/** A playlist that answers 403 or 404 does not stand for the lecture while another one does. */
function usable(s: Sighting): boolean {
  return !(s.facts && s.facts.kind === null && s.facts.status >= 400);
}

/** Nobody but the page's own player gets it: by POST, or with a header that only that one knows. */
function isBroken(s: Sighting): boolean {
  if (s.kind !== "playlist" || usable(s) || !s.facts) return false;
  const mayHeal = s.facts.status === 401 || s.facts.status === 403 || s.facts.status >= 500;
  return s.facts.failures >= (mayHeal ? 2 : 1);
}

function holds(playlist: Sighting, segments: Sighting): boolean {
  if (playlist.kind !== "playlist") return false;
  const folders = playlist.facts?.media?.folders ?? [];
  if (folders.includes(segments.url)) return true;
  const folder = new URL(".", playlist.url).href;
  if (segments.url.startsWith(folder)) return true;
  return (playlist.facts?.variants ?? []).some((v) => segments.url.startsWith(new URL(".", v.url).href));
}

/** Recorded before live before unknown; then the longer one, then what was used last. */
function preferred(a: Lecture, b: Lecture): number {
  const score = (l: Lecture) =>
    (l.broken ? 0 : l.streamUrl ? 3 : 2) + (l.refused ? 0 : 1) + (l.duration !== null && !l.live ? 1 : 0);
  const length = (l: Lecture) => l.duration ?? 0;
  // A trailer next to the lecture is short; two parts of similar length are told apart by time.
  const longer = Math.max(length(a), length(b)) > 4 * Math.min(length(a), length(b));
  return score(b) - score(a) || (longer ? length(b) - length(a) : 0) || b.last - a.last;
}

/**
 * The one whose signature is sent: the backend has one for all that it fetches, so the one
 * whose policy is for most of it; then the head's own, unless there is a much newer one.
 */
function signer(head: Sighting, members: Sighting[]): Sighting | undefined {
  const targets = members.map((m) => (m.kind === "segments" ? `${m.url}x` : m.url));
  const opens = (m: Sighting) => {
    const auth = m.auth;
    if (!auth) return -1;
    const own = head.kind === "segments" ? `${head.url}x` : head.url;
    return (covers(auth, own) ? targets.length : 0) + targets.filter((t) => covers(auth, t)).length;
  };
  const signed = members.filter((m) => m.auth);
  const most = Math.max(...signed.map(opens));
  const best = signed.filter((m) => opens(m) === most).sort((a, b) => b.authAt - a.authAt);
  const [newest] = best;
  return newest && best.includes(head) && newest.authAt - head.authAt < 60_000 ? head : newest;
}

/** Where its segments are, when that is another host that the signature is for as well. */
function signedFolder(head: Sighting, auth: Auth | null): string {
  if (head.kind !== "playlist") return head.url;
  const host = new URL(head.url).host;
  const folders = auth ? (head.facts?.media?.folders ?? []) : [];
  const other = folders.find((f) => new URL(f).host !== host && auth && covers(auth, `${f}x`));
  return other ?? folderOf(head.url);
}

function describe(group: Group, tab: TabNote, page: PageFacts | null): Lecture | null {
  const { head, members } = group;
  if (!head) return null;
  const facts = head.facts;
  const media = facts?.media ?? members.find((m) => m.facts?.media)?.facts?.media ?? null;
  const variants = facts?.kind === "master" ? bestFirst(facts.variants, qualityRank) : [];
  const numbered = members.filter((m) => m.kind === "segments" && m.chunk !== null);
  const chunks = [...numbered].sort((a, b) => qualityRank(b.url) - qualityRank(a.url) || b.last - a.last)[0];
  const broken = isBroken(head);
  const byNumber = broken && chunks !== undefined;
  const owner = signer(byNumber ? chunks : head, members);
  const address = pageAddress(page?.address || tab.routes.at(-1)?.address || head.page);
  return {
    id: streamIdentity(head.url),
    identities: [...new Set(members.map((m) => streamIdentity(m.url)))],
    title: titleOf(page, address),
    course: pageIds(address).join(" · "),
    page: address,
    streamUrl: head.kind === "playlist" && !byNumber ? head.url : "",
    baseUrl: chunks?.url ?? signedFolder(head, owner?.auth ?? null),
    chunk: chunks?.chunk ?? null,
    auth: owner?.auth ?? null,
    authAt: owner?.authAt ?? 0,
    live: media !== null && !media.ended,
    duration: media ? media.duration : null,
    tailOnly: media?.ended === true && media.mediaSequence > 1 && media.segments < media.mediaSequence,
    qualities: qualitiesOf(variants),
    height: variants[0]?.height ?? heightInName(head.url),
    bytes: estimate(variants[0], media, members),
    refused:
      !byNumber && facts !== null && facts.kind === null && (facts.status === 403 || facts.status === 401),
    broken: broken && !byNumber,
    unreachable: facts !== null && facts.kind === null && facts.status === 0,
    looked: facts !== null && (facts.kind !== null || facts.failures >= 2),
    last: Math.max(...members.map((m) => m.last)),
  };
}

function qualitiesOf(variants: Variant[]): Quality[] {
  const seen = new Set<string>();
  const list: Quality[] = [];
  for (const v of variants) {
    const label =
      v.height > 0 ? `${v.height}p` : v.bandwidth > 0 ? `${Math.round(v.bandwidth / 1000)} kbit/s` : "";
    if (!label || seen.has(label)) continue;
    seen.add(label);
    list.push({ id: v.separateAudio ? "" : v.url, label, bandwidth: v.bandwidth });
  }
  return list;
}

function estimate(best: Variant | undefined, media: Facts["media"], members: Sighting[]): number | null {
  if (!media?.ended) return null;
  if (media.bytes > 0) return media.bytes;
  if (best && best.bandwidth > 0) return (best.bandwidth / 8) * media.duration;
  const files = members.reduce((n, m) => n + m.files, 0);
  const bytes = members.reduce((n, m) => n + m.bytes, 0);
  return files > 0 ? (bytes / files) * media.segments : null;
}

// ---- names ----

/** What a site calls itself, or a page that could be any: no name of a lecture. */
const SITE_NAMES =
  /^(scaler|scaler academy|scaler school of technology|scaler topics|scaler companion|interviewbit|home|dashboard|mentee dashboard|my courses?|learn|learning|academy|class|classroom|session|live class|live session|lecture|watch|recordings?|session recording|class recording|video|video player|player|loading|please wait|untitled)(\.{3}|…)?$/i;

/** A page's title without the site's name around it and without what cannot be seen. */
export function cleanTitle(text: string): string {
  const plain = text
    .normalize("NFC")
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out
    .replace(/[\u0000-\u001f\u007f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]+/g, " ")
    .replace(/\s+/g, " ")
    .replace(/^\(\d+\+?\)\s*/, "")
    .trim();
  // Names and what stands between them, in turns.
  const parts = plain.split(/(\s+[|–—•·-]\s+|\s*\|\s*)/);
  while (parts.length > 0 && SITE_NAMES.test((parts.at(-1) ?? "").trim())) parts.splice(-2);
  while (parts.length > 0 && SITE_NAMES.test((parts[0] ?? "").trim())) parts.splice(0, 2);
  return parts.join("").slice(0, 200).trim();
}

export function titleOf(page: Pick<PageFacts, "title" | "headings"> | null, address: string): string {
  for (const text of [page?.title ?? "", ...(page?.headings ?? [])]) {
    const title = cleanTitle(text);
    if (title) return title;
  }
  const id = pageIds(address)[0];
  return id ? `Lecture ${id}` : "Lecture";
}
