import { describe, expect, test } from "vitest";
import {
  cleanTitle,
  lecturesOf,
  type PageFacts,
  pageIds,
  sameLecture,
  type TabNote,
  titleOf,
} from "../src/capture/lecture";
import { type Facts, merge, type Seen, type Sighting, sightingId, surplus } from "../src/capture/sighting";
import type { Media, Variant } from "../src/hls/playlist";

const TAB = 7;
const T = 1_000_000;
const CDN = "https://media.scaler.com/l1";
const SIGNED = (n: number) => `?Policy=p${n}&Signature=s${n}&Key-Pair-Id=K`;

function seen(url: string, more: Partial<Seen> = {}): Seen {
  return {
    url,
    kind: url.includes(".m3u8") ? "playlist" : "segment",
    tab: TAB,
    time: T + 1000,
    initiator: "https://www.scaler.com",
    documents: ["doc1"],
    cookies: null,
    bytes: 0,
    ...more,
  };
}

function book(...events: Seen[]): Map<string, Sighting> {
  const all = new Map<string, Sighting>();
  for (const e of events) {
    const id = sightingId(e);
    all.set(id, merge(all.get(id), e));
  }
  return all;
}

function media(duration: number, more: Partial<Media> = {}): Media {
  return {
    kind: "media",
    duration,
    segments: Math.ceil(duration / 2),
    ended: true,
    mediaSequence: 0,
    targetDuration: 2,
    folders: [],
    bytes: 0,
    audioOnly: false,
    ...more,
  };
}

function facts(of: Map<string, Sighting>, part: string, f: Partial<Facts>): void {
  for (const [id, s] of of)
    if (id.includes(part))
      of.set(id, {
        ...s,
        facts: {
          at: T,
          failures: 0,
          status: 200,
          kind: "media",
          variants: [],
          others: [],
          media: null,
          ...f,
        },
      });
}

const variant = (n: number): Variant => ({
  url: `${CDN}/stream_${n}/index.m3u8`,
  bandwidth: 100_000 * (n + 1),
  average: false,
  height: 180 * (n + 1),
  separateAudio: false,
});

const tab: TabNote = {
  id: TAB,
  load: T,
  routes: [{ at: T, late: 300, address: "https://www.scaler.com/class/1/session" }],
};
const page: PageFacts = {
  documents: ["doc1"],
  origins: ["https://www.scaler.com"],
  since: T,
  address: "https://www.scaler.com/class/1/session",
  title: "Heaps | Scaler",
  headings: ["Heaps"],
  loaded: [],
  videos: [24],
  hasVideo: true,
};

describe("which lecture a tab shows", () => {
  test("a master stands for its renditions, whatever the player plays", () => {
    const all = book(
      seen(`${CDN}/master.m3u8${SIGNED(1)}`),
      seen(`${CDN}/stream_0/index.m3u8${SIGNED(1)}`),
      seen(`${CDN}/stream_0/data000003.ts${SIGNED(1)}`),
    );
    facts(all, "master", {
      kind: "master",
      variants: [variant(0), variant(2), variant(1)],
      media: media(24),
    });
    const [l, ...rest] = lecturesOf(all.values(), tab, page);
    expect(rest).toEqual([]);
    expect(l).toMatchObject({
      streamUrl: `${CDN}/master.m3u8`,
      baseUrl: `${CDN}/stream_0/`,
      chunk: 3,
      height: 540,
      duration: 24,
      live: false,
      title: "Heaps",
      course: "1",
      auth: { policy: "p1", signature: "s1", keyPairId: "K" },
    });
    expect(l?.bytes).toBe((300_000 / 8) * 24);
    expect(l?.qualities.map((q) => q.label)).toEqual(["540p", "360p", "180p"]);
  });

  test("without one, the highest stream_<n> seen", () => {
    const all = book(
      seen(`${CDN}/stream_2/index.m3u8`, { time: T + 1 }),
      seen(`${CDN}/stream_10/index.m3u8`, { time: T + 2 }),
      seen(`${CDN}/stream_0/index.m3u8`, { time: T + 3 }),
    );
    const list = lecturesOf(all.values(), tab, page);
    expect(list.map((l) => l.streamUrl)).toEqual([`${CDN}/stream_10/index.m3u8`]);
  });

  test("segments alone tell base and number", () => {
    const all = book(
      seen(`${CDN}/stream_1/data000012.ts${SIGNED(1)}`),
      seen(`${CDN}/stream_1/data000009.ts${SIGNED(1)}`, { time: T + 2000 }),
    );
    const [l] = lecturesOf(all.values(), tab, page);
    expect(l).toMatchObject({ streamUrl: "", baseUrl: `${CDN}/stream_1/`, chunk: 12, duration: null });
  });

  test("segments that are not numbered as the backend knows it need their playlist", () => {
    const all = book(seen(`${CDN}/v/seg-1.m4s`), seen(`${CDN}/a/seg-1.aac`));
    expect(lecturesOf(all.values(), tab, page)).toEqual([]);
  });

  test("sound and subtitles are no lectures of their own", () => {
    const all = book(
      seen(`${CDN}/video/index.m3u8`),
      seen(`${CDN}/audio/index.m3u8`),
      seen(`${CDN}/subs/en.m3u8`),
      seen(`${CDN}/audio/1.aac`),
    );
    facts(all, "/audio/index", { media: media(24, { audioOnly: true }) });
    expect(lecturesOf(all.values(), tab, page).map((l) => l.streamUrl)).toEqual([`${CDN}/video/index.m3u8`]);
  });

  test("a trailer does not come before the lecture", () => {
    const all = book(
      seen(`${CDN}/index.m3u8`, { time: T + 1000 }),
      seen("https://media.scaler.com/trailer/index.m3u8", { time: T + 9000 }),
    );
    facts(all, "l1/index", { media: media(7000) });
    facts(all, "trailer", { media: media(30) });
    expect(lecturesOf(all.values(), tab, page).map((l) => l.duration)).toEqual([7000, 30]);
  });

  test("a live one is told by its missing end, one that lost its beginning as well", () => {
    const live = book(seen(`${CDN}/index.m3u8`));
    facts(live, "index", { media: media(20, { ended: false }) });
    expect(lecturesOf(live.values(), tab, page)[0]?.live).toBe(true);
    const tail = book(seen(`${CDN}/index.m3u8`));
    facts(tail, "index", { media: media(20, { mediaSequence: 900 }) });
    expect(lecturesOf(tail.values(), tab, page)[0]).toMatchObject({ live: false, tailOnly: true });
  });

  test("the newest signature, whatever order events come in", () => {
    const all = book(
      seen(`${CDN}/index.m3u8${SIGNED(2)}`, { time: T + 5000 }),
      seen(`${CDN}/index.m3u8${SIGNED(1)}`, { time: T + 1000 }),
      seen(`${CDN}/index.m3u8`, { time: T + 6000 }),
    );
    expect(lecturesOf(all.values(), tab, page)[0]?.auth?.signature).toBe("s2");
  });

  test("a signature in cookies", () => {
    const auth = { keyPairId: "K", policy: "p", signature: "s" };
    const all = book(seen(`${CDN}/index.m3u8`), seen(`${CDN}/index.m3u8`, { cookies: auth }));
    expect(lecturesOf(all.values(), tab, page)[0]?.auth).toEqual(auth);
  });
});

/** A policy for one resource. */
const only = (resource: string) => {
  const policy = btoa(`{"Statement":[{"Resource":"${resource}"}]}`).replace(/=/g, "_");
  return `?Policy=${policy}&Signature=${btoa(resource).replace(/[=/+]/g, "_")}&Key-Pair-Id=K`;
};

describe("which signature is sent", () => {
  const playlist = `${CDN}/stream_1/index.m3u8`;
  const chunk = `${CDN}/stream_1/data000009.ts`;

  test("that of the playlist, when each address has its own, however long it plays", () => {
    const all = book(seen(playlist + only(playlist)), seen(chunk + only(chunk), { time: T + 600_000 }));
    const [l] = lecturesOf(all.values(), tab, page);
    expect(l?.auth?.signature).toBe(new URLSearchParams(only(playlist)).get("Signature"));
  });

  test("one that is for all of the lecture before one for the playlist alone", () => {
    const all = book(seen(playlist + only(playlist)), seen(chunk + only(`${CDN}/*`), { time: T + 2000 }));
    const [l] = lecturesOf(all.values(), tab, page);
    expect(l?.auth?.signature).toBe(new URLSearchParams(only(`${CDN}/*`)).get("Signature"));
  });
});

describe("a playlist that only the page's player gets", () => {
  const api = "https://api.scaler.com/playlist?id=7";
  const chunk = `${CDN}/stream_1/data000009.ts${SIGNED(1)}`;

  test("does not stand for a lecture whose chunks are numbered", () => {
    const all = book(seen(api, { kind: "playlist" }), seen(chunk));
    facts(all, "playlist?id=7", { kind: null, status: 405, failures: 1 });
    const [l] = lecturesOf(all.values(), tab, page);
    expect(l).toMatchObject({ streamUrl: "", baseUrl: `${CDN}/stream_1/`, chunk: 9, refused: false });
  });

  test("also when it lies beside them", () => {
    const all = book(seen(`${CDN}/stream_1/index.m3u8`), seen(chunk));
    facts(all, "index", { kind: null, status: 403, failures: 2 });
    const [l, ...rest] = lecturesOf(all.values(), tab, page);
    expect(rest).toEqual([]);
    expect(l).toMatchObject({ streamUrl: "", chunk: 9, auth: { signature: "s1" } });
  });

  test("is kept where there is nothing else", () => {
    const all = book(seen(api, { kind: "playlist" }));
    facts(all, "playlist?id=7", { kind: null, status: 403, failures: 3 });
    expect(lecturesOf(all.values(), tab, page)[0]).toMatchObject({ streamUrl: api, refused: true });
  });
});

describe("what belongs to the page as it is now", () => {
  test("other tabs and earlier documents do not", () => {
    const all = book(
      seen(`${CDN}/index.m3u8`, { tab: 8 }),
      seen("https://media.scaler.com/l0/index.m3u8", { documents: ["doc0"] }),
    );
    expect(lecturesOf(all.values(), tab, page)).toEqual([]);
  });

  test("frames count with their parents", () => {
    const all = book(seen(`${CDN}/index.m3u8`, { documents: ["frame1", "doc1"] }));
    expect(lecturesOf(all.values(), tab, page)).toHaveLength(1);
  });

  test("where no script may run, time decides, also out of order", () => {
    const all = book(
      seen(`${CDN}/index.m3u8`, { time: T + 5 }),
      seen("https://media.scaler.com/l0/index.m3u8", { time: T - 5 }),
    );
    expect(lecturesOf(all.values(), tab, null).map((l) => l.streamUrl)).toEqual([`${CDN}/index.m3u8`]);
  });

  test("an address that changes by itself leaves the last lecture behind", () => {
    const all = book(seen(`${CDN}/index.m3u8`), seen(`${CDN}/data000000.ts`, { time: T + 9000 }));
    const routes = [...tab.routes, { at: T + 20_000, late: 300, address: "https://www.scaler.com/home" }];
    expect(lecturesOf(all.values(), { ...tab, routes }, { ...page, videos: [] })).toEqual([]);
  });

  test("a late event of the last lecture is not the next one", () => {
    const all = book(seen(`${CDN}/index.m3u8`), seen(`${CDN}/data000000.ts`, { time: T + 19_900 }));
    const routes = [...tab.routes, { at: T + 20_000, late: 300, address: "https://www.scaler.com/home" }];
    expect(lecturesOf(all.values(), { ...tab, routes }, { ...page, videos: [] })).toEqual([]);
  });

  test("parts of one lecture's page are told from other lectures", () => {
    const at = "https://www.scaler.com/class/1/session";
    for (const other of ["https://www.scaler.com/class/1/notes", `${at}?tab=notes`])
      expect(sameLecture(at, other)).toBe(true);
    for (const other of ["https://www.scaler.com/class/2/session", "https://www.scaler.com/home", ""])
      expect(sameLecture(at, other)).toBe(false);
    expect(sameLecture("https://a/watch?id=1&t=1", "https://a/watch?id=1&t=2")).toBe(true);
    expect(sameLecture("https://a/watch?id=1", "https://a/watch?id=2")).toBe(false);
    expect(sameLecture("https://a/course/dsa/trees", "https://a/course/dsa/graphs")).toBe(false);
    expect(sameLecture("https://a/course/dsa/lesson/1", "https://a/course/dsa/lesson/2")).toBe(false);
    expect(sameLecture("https://a/app#/class/1", "https://a/app#/class/2")).toBe(false);
    expect(sameLecture("https://a/app#/class/1", "https://a/app#/class/1/notes")).toBe(true);
    expect(sameLecture("https://a/class/1#chapter-2", "https://a/class/1#chapter-3")).toBe(true);
  });

  test("a query that names another lecture does not", () => {
    const all = book(seen(`${CDN}/index.m3u8`));
    const routes = ["?id=1", "?id=2"].map((q, i) => ({
      at: T + i * 9000,
      late: 300,
      address: `https://www.scaler.com/watch${q}`,
    }));
    expect(lecturesOf(all.values(), { ...tab, routes }, { ...page, videos: [] })).toEqual([]);
  });

  test("a video of its length that is still there keeps it", () => {
    const all = book(seen(`${CDN}/index.m3u8`));
    facts(all, "index", { media: media(24) });
    const routes = [
      ...tab.routes,
      { at: T + 20_000, late: 300, address: "https://www.scaler.com/elsewhere" },
    ];
    expect(lecturesOf(all.values(), { ...tab, routes }, { ...page, videos: [24.1] })).toHaveLength(1);
  });

  test("the service worker of a site asks for its pages", () => {
    const all = book(
      seen(`${CDN}/index.m3u8`, { tab: -1, documents: [] }),
      seen("https://media.scaler.com/l0/index.m3u8", { tab: -1, documents: [], time: T - 5000 }),
      seen("https://media.scaler.com/lx/index.m3u8", {
        tab: -1,
        documents: [],
        initiator: "https://other.scaler.com",
      }),
    );
    expect(lecturesOf(all.values(), tab, page).map((l) => l.streamUrl)).toEqual([`${CDN}/index.m3u8`]);
  });

  test("two tabs of such a site: what a page's own records name is its own", () => {
    const all = book(
      seen(`${CDN}/stream_1/index.m3u8`, { tab: -1, documents: [] }),
      seen("https://media.scaler.com/l2/stream_1/index.m3u8", { tab: -1, documents: [], time: T + 9000 }),
    );
    const mine = { ...page, loaded: [`${CDN}/stream_1/index.m3u8?Signature=x&Key-Pair-Id=K&Policy=p`] };
    expect(lecturesOf(all.values(), tab, mine).map((l) => l.streamUrl)).toEqual([
      `${CDN}/stream_1/index.m3u8`,
    ]);
  });
});

describe("names", () => {
  test("titles without the site's", () => {
    expect(cleanTitle("(3) Graphs – Part 1 | Scaler Academy")).toBe("Graphs – Part 1");
    expect(cleanTitle("Scaler | DSA: Heaps - Class 5 - Scaler")).toBe("DSA: Heaps - Class 5");
    expect(cleanTitle("A|B testing")).toBe("A|B testing");
    expect(cleanTitle("सेगमेंट ट्री \u200e| Scaler")).toBe("सेगमेंट ट्री");
    expect(cleanTitle("Scaler")).toBe("");
    expect(cleanTitle("C++ <b>templates</b>\n x")).toBe("C++ <b>templates</b> x");
  });

  test("title, heading, id", () => {
    const at = "https://www.scaler.com/class/77/session";
    expect(titleOf({ title: "Scaler", headings: ["", "Tries"] }, at)).toBe("Tries");
    expect(titleOf({ title: "", headings: [] }, at)).toBe("Lecture 77");
    expect(titleOf(null, "https://www.scaler.com/")).toBe("Lecture");
  });

  test("ids in addresses", () => {
    expect(pageIds("https://www.scaler.com/academy/mentee-dashboard/class/31415/session?x=/class/9")).toEqual(
      ["31415"],
    );
    expect(pageIds("https://www.scaler.com/meetings/i/dsa-arrays-2/archive")).toEqual(["dsa-arrays-2"]);
    expect(pageIds("https://www.scaler.com/course/12/lesson/34")).toEqual(["12", "34"]);
    expect(pageIds("")).toEqual([]);
  });
});

test("segments do not push the playlist out of the store", () => {
  const all = book(
    seen(`${CDN}/index.m3u8`, { time: T }),
    ...[1, 2, 3].map((n) => seen(`${CDN}/${n}/x.ts`, { time: T + n })),
  );
  expect(surplus(all.values(), 2).map((s) => s.url)).toEqual([`${CDN}/1/`, `${CDN}/2/`]);
});

test("the store does not grow without end", () => {
  const all = book(...[5, 1, 3].map((n) => seen(`${CDN}/${n}/index.m3u8`, { time: n })));
  expect(surplus(all.values(), 2).map((s) => s.last)).toEqual([1]);
});
