/** What the address of a request tells by its name. */

export type Kind = "playlist" | "segment";

const SEGMENT = /\.(ts|m4s|m4v|m4a|cmfv|cmfa|aac|mp2t)$/i;
/** RFC 8216 section 4, and what servers say in its place. */
const PLAYLIST_TYPE =
  /^(application|audio|video)\/(vnd\.apple\.mpegurl|x-mpegurl|mpegurl|vnd\.apple\.mpegurl\.audio)\b/i;

export function kindOf(address: string): Kind | null {
  const path = pathOf(address);
  if (path === null) return null;
  if (/\.m3u8?$/i.test(path)) return "playlist";
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

/** Higher `stream_<n>` usually is higher quality; otherwise a height in the name; -1 when neither. */
export function qualityRank(address: string): number {
  const path = new URL(address).pathname;
  const stream = /(?:^|\/)stream_(\d+)(?=\/|\.|$)/i.exec(path);
  if (stream) return Number(stream[1]);
  const height = /(?:^|[/_.-])(\d{3,4})p(?=[/_.-]|$)/i.exec(path);
  return height ? Number(height[1]) : -1;
}

/** The same for all renditions of one lecture: the part of the name that tells them apart is left out. */
export function family(address: string): string {
  const url = new URL(address);
  const path = url.pathname
    .replace(/(^|\/)stream_\d+(?=\/|\.|$)/gi, "$1stream_*")
    .replace(/(^|[/_.-])\d{3,4}p(?=[/_.-]|$)/gi, "$1*p")
    .replace(/(^|\/)v\d+(?=\/)/g, "$1v*");
  return url.host + path;
}

/** Whether the name says that there are no pictures in it. */
export function isSideTrack(address: string): boolean {
  return /(^|[/_.-])(audio|aac|sub|subs|subtitles?|captions?|cc|vtt|iframes?|thumb(nail)?s?)([/_.\d-]|$)/i.test(
    new URL(address).pathname,
  );
}
