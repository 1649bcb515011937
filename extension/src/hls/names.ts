/** What the address of a request tells by its name. */
import { dropParameters, isVolatile } from "./signature";

export type Kind = "playlist" | "segment";

const SEGMENT = /\.(ts|m4s|m4v|cmfv|cmfa|aac|mp2t)$/i;
/** RFC 8216 section 4, and what servers say in its place. */
const PLAYLIST_TYPE =
  /^(application|audio|video)\/(vnd\.apple\.mpegurl|x-mpegurl|mpegurl|vnd\.apple\.mpegurl\.audio)\b/i;

export function kindOf(address: string): Kind | null {
  const path = pathOf(address);
  if (path === null) return null;
  if (/\.m3u8?(;[^/]*|\/)?$/i.test(path)) return "playlist";
  if (SEGMENT.test(path)) return "segment";
  return null;
}

export function isPlaylistType(contentType: string): boolean {
  return PLAYLIST_TYPE.test(contentType.trim());
}

function pathOf(address: string): string | null {
  // A look at the text first: this runs for every request of a page.
  if (!/^https?:/i.test(address)) return null;
  const end = address.search(/[?#]/);
  return end < 0 ? address : address.slice(0, end);
}

/** The folder of an address, with a slash at its end and without a query. */
export function folderOf(address: string): string {
  const url = new URL(address);
  url.search = "";
  url.hash = "";
  return url.href.slice(0, url.href.lastIndexOf("/") + 1);
}

/** A chunk whose number and naming the backend knows (data000012.ts, 000012.ts, data12.ts). */
export function numberedChunk(address: string): number | null {
  const name = new URL(address).pathname.split("/").pop() ?? "";
  const found = /^(?:data)?(\d{6})\.ts$/.exec(name) ?? /^data(\d+)\.ts$/.exec(name);
  return found ? Number(found[1]) : null;
}

/** Heights that video has; other numbers in a name may be a lecture's. */
const HEIGHT =
  "144|160|180|216|234|240|270|288|320|360|396|404|406|408|416|432|450|480|504|540|544|576|600|640|648|720|768|800|810|864|900|960|1024|1050|1080|1152|1200|1440|1600|1800|2160|2880|4320";
const WORDS: Record<string, number> = {
  lowest: 120,
  low: 240,
  lq: 240,
  ld: 240,
  mobile: 240,
  medium: 360,
  mid: 360,
  med: 360,
  sd: 480,
  high: 720,
  hq: 720,
  hd: 720,
  fhd: 1080,
  highest: 1080,
  uhd: 2160,
};
/** A number of a rendition: stream_2, v3, chunklist_b800000. */
const NUMBERED =
  /(^|\/)((?:stream|rendition|variant|level|quality|profile)[_-]?|v|chunklist_b)(\d+)(?=[/._-]|$)/i;
const SIZED = new RegExp(`(^|[/_.-])(?:\\d{3,4}x)?(?:(\\d{3,4})p(?:\\d{2})?|(${HEIGHT}))(?=[/_.-]|$)`, "i");
/** 800k, 2500kbps */
const RATED = /(^|[/_.-])(\d{2,5})k(?:bps)?(?=[/_.-]|$)/i;
/** A folder or the end of a name; not the beginning: "low-level-design" is a lecture. */
const WORDED = new RegExp(`(^|/|[_-])(${Object.keys(WORDS).join("|")})(?=/|\\.|$)`, "i");
const QUALITY_PARAMETER =
  /^(q|quality|res|resolution|height|bitrate|br|bandwidth|level|rendition|profile|variant|track)$/i;

function heightOf(path: string): number {
  const found = SIZED.exec(path);
  return found ? Number(found[2] ?? found[3]) : 0;
}

/** A height in the name, 0 when there is none. */
export function heightInName(address: string): number {
  const url = new URL(address);
  return heightOf(url.pathname) || heightOf(qualityInQuery(url));
}

function qualityInQuery(url: URL): string {
  for (const [name, value] of url.searchParams) if (QUALITY_PARAMETER.test(name)) return value;
  return "";
}

/** Higher `stream_<n>` usually is higher quality; otherwise what the name says of it; -1 when nothing. */
export function qualityRank(address: string): number {
  const url = new URL(address);
  for (const text of [url.pathname, qualityInQuery(url)]) {
    const numbered = NUMBERED.exec(text);
    if (numbered) return Number(numbered[3]);
    const height = heightOf(text);
    if (height) return height;
    const rated = RATED.exec(text);
    if (rated) return Number(rated[2]);
    const word = WORDED.exec(text);
    if (word) return WORDS[(word[2] ?? "").toLowerCase()] ?? -1;
    if (/^\d+$/.test(text)) return Number(text);
  }
  return -1;
}

function anyQuality(path: string): string {
  return path
    .replace(new RegExp(NUMBERED, "gi"), "$1$2*")
    .replace(new RegExp(SIZED, "gi"), "$1*")
    .replace(new RegExp(RATED, "gi"), "$1*")
    .replace(new RegExp(WORDED, "gi"), "$1*");
}

/** The same for all renditions of one lecture: the part of the name that tells them apart is left out. */
export function family(address: string): string {
  const url = new URL(address);
  const query = dropParameters(url.search, (n) => isVolatile(n) || QUALITY_PARAMETER.test(n));
  return url.host + anyQuality(url.pathname) + query;
}

/** The folder that holds all renditions of a lecture; where the query names it, with that. */
export function lectureFolder(address: string): string {
  const [path = "", query] = family(address).split("?", 2);
  const at = path.indexOf("*");
  const folder = path.slice(0, path.lastIndexOf("/", at >= 0 ? at : undefined) + 1);
  return query === undefined ? folder : `${folder}?${query}`;
}

/** Whether the name says that there are no pictures in it. */
export function isSideTrack(address: string): boolean {
  return /(^|[/_.-])(audio|aac|sub|subs|subtitles?|captions?|cc|vtt|iframes?|thumb(nail)?s?)([/_.\d-]|$)/i.test(
    new URL(address).pathname,
  );
}
