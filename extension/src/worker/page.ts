/** What a tab's page says of itself, by a script that runs once and stays nowhere. */
import type { PageFacts } from "../capture/lecture";

interface FrameFacts {
  since: number;
  origin: string;
  address: string;
  title: string;
  heading: string;
  loaded: string[];
  videos: number[];
  hasVideo: boolean;
}

/** Runs in the page's frames; sees nothing of this file. */
function read(): FrameFacts {
  const names = performance.getEntriesByType("resource").map((e) => e.name);
  const videos = [...document.querySelectorAll("video")];
  const sources = videos.map((v) => v.currentSrc).filter((s) => s.startsWith("http"));
  const shown = videos.filter((v) => v.networkState !== HTMLMediaElement.NETWORK_EMPTY);
  const heading =
    document.querySelector<HTMLElement>("h1, [role=heading][aria-level='1'], h2")?.innerText ?? "";
  const social = document.querySelector<HTMLMetaElement>("meta[property='og:title']")?.content ?? "";
  return {
    since: performance.timeOrigin,
    origin: location.origin,
    address: location.href,
    title: document.title,
    heading: heading.slice(0, 300) || social.slice(0, 300),
    loaded: [
      ...names.filter((n) => /\.m3u8?($|[?#])/i.test(n) || /playlist|manifest|master|hls/i.test(n)),
      ...sources,
    ].slice(-300),
    videos: shown.map((v) => (Number.isFinite(v.duration) ? v.duration : 0)),
    hasVideo: videos.length > 0,
  };
}

export interface PageAndDocuments extends PageFacts {
  /** Which frame loaded what, for what was loaded before the worker listened. */
  byDocument: { document: string; origin: string; loaded: string[] }[];
}

/** Null where the extension may not look. */
export async function pageFacts(tab: number): Promise<PageAndDocuments | null> {
  let results: chrome.scripting.InjectionResult<FrameFacts>[];
  try {
    results = await chrome.scripting.executeScript({ target: { tabId: tab, allFrames: true }, func: read });
  } catch {
    return null;
  }
  const frames = results.filter((r) => r.result);
  const top = frames.find((r) => r.frameId === 0)?.result;
  if (!top) return null;
  const all = frames.map((r) => r.result as FrameFacts);
  return {
    documents: frames.map((r) => r.documentId),
    origins: [...new Set(all.map((f) => f.origin))],
    since: top.since,
    address: top.address,
    title: top.title,
    heading: top.heading,
    loaded: all.flatMap((f) => f.loaded),
    videos: all.flatMap((f) => f.videos),
    hasVideo: all.some((f) => f.hasVideo),
    byDocument: frames.map((r) => ({
      document: r.documentId,
      origin: (r.result as FrameFacts).origin,
      loaded: (r.result as FrameFacts).loaded,
    })),
  };
}

/** Presses play for the student. */
export async function play(tab: number): Promise<boolean> {
  try {
    const done = await chrome.scripting.executeScript({
      target: { tabId: tab, allFrames: true },
      func: () => {
        const video = document.querySelector("video");
        video?.play().catch(() => {});
        return video !== null;
      },
    });
    return done.some((r) => r.result);
  } catch {
    return false;
  }
}
