/**
 * Reads as much of an HLS playlist (RFC 8216) as a student is told before the download:
 * how long, which qualities, live or recorded. The backend reads it again, and all of it.
 */

export interface Variant {
  url: string;
  bandwidth: number;
  /** Whether `bandwidth` is the average and not the peak. */
  average: boolean;
  height: number;
  /** Its sound is in a playlist of its own. */
  separateAudio: boolean;
}

export interface Master {
  kind: "master";
  variants: Variant[];
  /** Other renditions: sound, subtitles, pictures for seeking. */
  others: string[];
}

export interface Media {
  kind: "media";
  duration: number;
  segments: number;
  /** #EXT-X-ENDLIST was there: nothing will be added. */
  ended: boolean;
  mediaSequence: number;
  targetDuration: number;
  /** Folders in which the segments are. */
  folders: string[];
  /** Sum of the byte ranges, 0 when there are none. */
  bytes: number;
  /** No pictures, by the names of its segments. */
  audioOnly: boolean;
}

export type Playlist = Master | Media;

const MAX_LINES = 200_000;

/** Null when the text is no playlist. */
export function parsePlaylist(text: string, address: string): Playlist | null {
  const lines = text.replace(/^\uFEFF/, "").split(/\r\n|\n|\r/, MAX_LINES);
  if (!lines[0]?.startsWith("#EXTM3U")) return null;
  const isMaster = lines.some((l) => l.startsWith("#EXT-X-STREAM-INF"));
  return isMaster ? parseMaster(lines, address) : parseMedia(lines, address);
}

function resolve(uri: string, base: string): string | null {
  try {
    const url = new URL(uri.trim(), base);
    return /^https?:$/.test(url.protocol) ? url.href : null;
  } catch {
    return null;
  }
}

/** RFC 8216 section 4.2: NAME=value, value quoted or not. */
export function attributes(text: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const m of text.matchAll(/([A-Z0-9-]+)\s*=\s*(?:"([^"]*)"|([^",]*))/gi)) {
    const name = m[1];
    if (name) found.set(name.toUpperCase(), (m[2] ?? m[3] ?? "").trim());
  }
  return found;
}

function after(line: string): string {
  return line.slice(line.indexOf(":") + 1);
}

function parseMaster(lines: string[], address: string): Master {
  const variants: Variant[] = [];
  const others: string[] = [];
  // May stand behind the variants that name its group.
  const audioGroups = new Set<string>();
  for (const line of lines) {
    if (!line.startsWith("#EXT-X-MEDIA:") && !line.startsWith("#EXT-X-I-FRAME-STREAM-INF:")) continue;
    const a = attributes(after(line));
    const uri = a.get("URI");
    const url = uri ? resolve(uri, address) : null;
    if (url) others.push(url);
    if (url && a.get("TYPE") === "AUDIO") audioGroups.add(a.get("GROUP-ID") ?? "");
  }
  let next: Map<string, string> | null = null;
  for (const line of lines) {
    if (line.startsWith("#EXT-X-STREAM-INF:")) {
      next = attributes(after(line));
    } else if (next && line.trim() && !line.startsWith("#")) {
      const url = resolve(line, address);
      const average = Number(next.get("AVERAGE-BANDWIDTH") ?? 0);
      const [, height] = /^\d+x(\d+)$/i.exec(next.get("RESOLUTION") ?? "") ?? [];
      const audio = next.get("AUDIO");
      if (url)
        variants.push({
          url,
          bandwidth: average || Number(next.get("BANDWIDTH") ?? 0) || 0,
          average: average > 0,
          height: Number(height ?? 0),
          separateAudio: audio !== undefined && audioGroups.has(audio),
        });
      next = null;
    }
  }
  return { kind: "master", variants, others };
}

function parseMedia(lines: string[], address: string): Media {
  const media: Media = {
    kind: "media",
    duration: 0,
    segments: 0,
    ended: false,
    mediaSequence: 0,
    targetDuration: 0,
    folders: [],
    bytes: 0,
    audioOnly: false,
  };
  const folders = new Set<string>();
  let duration: number | null = null;
  let audio = 0;
  for (const line of lines) {
    if (line.startsWith("#EXTINF:")) duration = Number.parseFloat(after(line)) || 0;
    else if (line.startsWith("#EXT-X-ENDLIST")) media.ended = true;
    else if (line.startsWith("#EXT-X-MEDIA-SEQUENCE:"))
      media.mediaSequence = Number.parseInt(after(line), 10) || 0;
    else if (line.startsWith("#EXT-X-TARGETDURATION:"))
      media.targetDuration = Number.parseInt(after(line), 10) || 0;
    else if (line.startsWith("#EXT-X-BYTERANGE:")) media.bytes += Number.parseInt(after(line), 10) || 0;
    else if (line.trim() && !line.startsWith("#") && duration !== null) {
      media.duration += duration;
      media.segments++;
      duration = null;
      const url = resolve(line, address);
      if (!url) continue;
      const path = new URL(url);
      folders.add(path.origin + path.pathname.slice(0, path.pathname.lastIndexOf("/") + 1));
      if (/\.(aac|m4a|mp3|ac3|vtt|webvtt)$/i.test(path.pathname)) audio++;
    }
  }
  media.folders = [...folders].slice(0, 4);
  media.audioOnly = media.segments > 0 && audio === media.segments;
  return media;
}

/** The variants, best first: by height, then by bandwidth; `stream_<n>` decides what says neither. */
export function bestFirst(variants: Variant[], rank: (url: string) => number): Variant[] {
  return [...variants].sort(
    (a, b) => b.height - a.height || b.bandwidth - a.bandwidth || rank(b.url) - rank(a.url),
  );
}
