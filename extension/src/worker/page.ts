/** What a tab's page says of itself, by a script that runs once and stays nowhere. */
import type { PageFacts } from "../capture/lecture";

/** An address that a page loaded, and when, in ms since 1970. */
export interface Loaded {
  url: string;
  at: number;
}

interface FrameFacts {
  since: number;
  origin: string;
  address: string;
  title: string;
  headings: string[];
  loaded: Loaded[];
  videos: number[];
  hasVideo: boolean;
  /** Origins of larger frames that may play something. */
  players: string[];
}

/** Runs in the page's frames; sees nothing of this file. */
function read(): FrameFacts {
  const entries = performance.getEntriesByType("resource") as PerformanceResourceTiming[];
  // By name, and what scripts and players fetched from an address that tells nothing.
  const names = new Map<string, number>();
  const perhaps = new Map<string, number>();
  for (const e of entries) {
    if (/\.m3u8?($|[/;?#])/i.test(e.name)) names.set(e.name, performance.timeOrigin + e.startTime);
    else if (
      /^(xmlhttprequest|fetch|video|other)$/.test(e.initiatorType) &&
      /playlist|manifest|master|hls|m3u|stream|chunklist|variant|rendition|video|media|lecture|play/i.test(
        e.name,
      ) &&
      !/\.(js|css|json|png|jpe?g|gif|svg|webp|ico|woff2?|vtt|ts|m4s|mp4|m4a|aac|key|html?)($|[?#])/i.test(
        e.name,
      )
    )
      perhaps.set(e.name, performance.timeOrigin + e.startTime);
  }
  const videos = [...document.querySelectorAll("video")];
  const sources = videos.map((v) => v.currentSrc).filter((s) => s.startsWith("http"));
  const shown = videos.filter((v) => v.networkState !== HTMLMediaElement.NETWORK_EMPTY);
  const visible = (e: HTMLElement) => e.getClientRects().length > 0;
  const headings = ["h1, [role=heading][aria-level='1']", "h2"].flatMap((kind) =>
    [...document.querySelectorAll<HTMLElement>(kind)]
      .slice(0, 20)
      .filter(visible)
      .map((e) => e.innerText),
  );
  const social = document.querySelector<HTMLMetaElement>("meta[property='og:title']")?.content ?? "";
  const frames = [...document.querySelectorAll("iframe")].filter(
    (f) =>
      f.clientWidth >= 200 &&
      f.clientHeight >= 110 &&
      (f.allowFullscreen || /autoplay|fullscreen|encrypted/.test(f.allow)),
  );
  return {
    since: performance.timeOrigin,
    origin: location.origin,
    address: location.href,
    title: document.title,
    headings: [...headings.slice(0, 6), social].map((t) => t.slice(0, 300)).filter(Boolean),
    loaded: [
      ...[...names].slice(-150),
      ...[...perhaps].slice(0, 60),
      ...sources.map((s) => [s, Date.now()] as const),
    ].map(([url, at]) => ({ url, at })),
    videos: shown.map((v) => (Number.isFinite(v.duration) ? v.duration : 0)),
    hasVideo: videos.length > 0,
    players: frames.flatMap((f) => (/^https:/.test(f.src) ? [new URL(f.src).origin] : [])),
  };
}

export interface PageAndDocuments extends PageFacts {
  /** Which frame loaded what, for what was loaded before the worker listened. */
  byDocument: { document: string; origin: string; loaded: Loaded[] }[];
  /** Where frames come from that may hold a player, and cannot be looked into. */
  foreign: string[];
}

/** Null where the extension may not look. */
export async function pageFacts(tab: number): Promise<PageAndDocuments | null> {
  let results: chrome.scripting.InjectionResult<FrameFacts>[];
  try {
    results = await chrome.scripting.executeScript({
      target: { tabId: tab, allFrames: true },
      func: read,
      // Not after all is loaded: a page that goes on loading would be waited for.
      injectImmediately: true,
    });
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
    headings: top.headings,
    loaded: all.flatMap((f) => f.loaded.map((l) => l.url)),
    videos: all.flatMap((f) => f.videos),
    hasVideo: all.some((f) => f.hasVideo),
    foreign: [...new Set(all.flatMap((f) => f.players))].filter(
      (o) => !all.some((f) => f.origin === o) && !/[./]youtube(-nocookie)?\.com$/.test(o),
    ),
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
      injectImmediately: true,
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
