/**
 * The worker: hears of requests, starts and follows downloads, keeps the badge. It may die at
 * any moment; every listener is registered here, at once, so that an event wakes it.
 */
import { type Seen, sightingId } from "../capture/sighting";
import { isPlaylistType, kindOf } from "../hls/names";
import { type Auth, cookieSignature } from "../hls/signature";
import { backend, Offline, Refused } from "../shared/backend";
import { text } from "../shared/i18n";
import { ACTIVE, changeJobs, MOVING, readJobs } from "../shared/jobs";
import { readSettings, saveKey } from "../shared/settings";
import type { Answer, Ask } from "../shared/view";
import { badge } from "./badge";
import { closed, loaded, moved, routed, saw, sawCookies } from "./book";
import { follow, onSignature, retry, startDownload } from "./jobs";
import { checkLive } from "./live";
import { pageFacts, play } from "./page";
import { lecturesIn, recordingAddress, viewFor } from "./view";

const BOOTED = Date.now();
const OWN = location.origin;
/** Chrome hands over only what the student has allowed: scaler.com, and sites added later. */
const EVERYWHERE = { urls: ["https://*/*", "http://*/*"] };
const ALARM = "follow";

// ---- requests ----

type Details = {
  url: string;
  tabId: number;
  timeStamp: number;
  initiator?: string;
  documentId?: string;
  parentDocumentId?: string;
};

/** Signatures in cookies, by request: headers and answer of a request come as separate events. */
const cookies = new Map<string, Auth>();

function ours(d: { initiator?: string }): boolean {
  return d.initiator === OWN;
}

function local(url: string): boolean {
  return /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])[:/]/.test(url);
}

function seenOf(d: Details, kind: Seen["kind"], more: Partial<Seen> = {}): Seen {
  return {
    url: d.url,
    kind,
    tab: d.tabId,
    time: d.timeStamp,
    initiator: d.initiator ?? "",
    documents: [d.documentId, d.parentDocumentId].filter((x) => x !== undefined),
    cookies: null,
    bytes: 0,
    ...more,
  };
}

async function record(seen: Seen): Promise<void> {
  const { entry, fresh } = await saw(seen);
  if (!fresh) return;
  if (entry.auth) await onSignature(entry);
  if (seen.kind === "playlist" || seen.tab >= 0) scheduleBadge(seen.tab);
}

chrome.webRequest.onBeforeRequest.addListener((d) => {
  if (ours(d) || local(d.url)) return undefined;
  if (d.type === "main_frame" && d.tabId >= 0) {
    void loaded(d.tabId, d.timeStamp);
    return undefined;
  }
  const kind = kindOf(d.url);
  if (kind) void record(seenOf(d, kind));
  return undefined;
}, EVERYWHERE);

chrome.webRequest.onBeforeSendHeaders.addListener(
  (d) => {
    const header = d.requestHeaders?.find((h) => h.name.toLowerCase() === "cookie")?.value;
    const auth = header ? cookieSignature(header) : null;
    if (!auth || local(d.url)) return undefined;
    if (ours(d)) {
      void sawCookies(d.url, auth, d.timeStamp, true);
      return undefined;
    }
    const kind = kindOf(d.url);
    if (kind) void record(seenOf(d, kind, { cookies: auth }));
    cookies.set(d.requestId, auth);
    for (const old of cookies.keys()) if (cookies.size > 200) cookies.delete(old);
    return undefined;
  },
  EVERYWHERE,
  ["requestHeaders", "extraHeaders"],
);

chrome.webRequest.onBeforeRedirect.addListener((d) => {
  if (ours(d) || local(d.url) || d.type === "main_frame" || d.type === "sub_frame") return;
  const from = kindOf(d.url);
  const to = kindOf(d.redirectUrl);
  if (from !== "playlist" && to !== "playlist") return;
  // The address that answers is the one whose relative names and signature count.
  const target = seenOf({ ...d, url: d.redirectUrl }, "playlist");
  const source = seenOf(d, "playlist");
  void record(target).then(() => (from === "playlist" ? moved(sightingId(source)) : undefined));
}, EVERYWHERE);

chrome.webRequest.onHeadersReceived.addListener(
  (d) => {
    if (ours(d) || local(d.url)) return undefined;
    const header = (name: string) =>
      d.responseHeaders?.find((h) => h.name.toLowerCase() === name)?.value ?? "";
    const kind = kindOf(d.url);
    const auth = cookies.get(d.requestId) ?? null;
    cookies.delete(d.requestId);
    if (d.statusCode < 200 || d.statusCode > 299) return undefined;
    if (kind === null && isPlaylistType(header("content-type")))
      void record(seenOf(d, "playlist", { cookies: auth }));
    const length = Number(header("content-length"));
    if (kind === "segment" && d.statusCode === 200 && length > 0)
      void record(seenOf(d, "segment", { bytes: length, cookies: auth }));
    return undefined;
  },
  { ...EVERYWHERE, types: ["xmlhttprequest", "media", "other", "object"] },
  ["responseHeaders"],
);

// ---- tabs ----

chrome.tabs.onUpdated.addListener((id, change, tab) => {
  if (change.url !== undefined) {
    // Who wakes up to this event gets it late.
    const late = Date.now() - BOOTED < 1500 ? 2000 : 300;
    void routed(id, Date.now(), late, change.url);
  }
  if (change.status === "complete" || change.url !== undefined) scheduleBadge(tab.id ?? id);
});

chrome.tabs.onActivated.addListener((a) => scheduleBadge(a.tabId));

chrome.tabs.onRemoved.addListener((id) => {
  void closed(id);
});

// ---- badge ----

const due = new Map<number, ReturnType<typeof setTimeout>>();

function scheduleBadge(tab: number): void {
  clearTimeout(due.get(tab));
  due.set(
    tab,
    setTimeout(() => {
      due.delete(tab);
      void badgeFor(tab).catch(() => {});
    }, 400),
  );
}

async function badgeFor(tab: number): Promise<void> {
  const tabs =
    tab >= 0
      ? [tab]
      : (await chrome.tabs.query({ url: "https://*/*", discarded: false }))
          .map((t) => t.id ?? -1)
          .filter((t) => t >= 0);
  for (const id of tabs) {
    const list = await lecturesIn(id, await pageFacts(id));
    await badge(id, list);
    // Its end is looked for from time to time.
    if (list.some((l) => l.live)) await chrome.alarms.create(ALARM, { periodInMinutes: 0.5 });
  }
}

// ---- following ----

let timer: ReturnType<typeof setTimeout> | null = null;

/** Downloads that run are asked for every few seconds while the worker lives, else by the alarm. */
function keepFollowing(): void {
  if (timer !== null) return;
  timer = setTimeout(() => {
    timer = null;
    void tick();
  }, 2500);
}

async function tick(): Promise<void> {
  const open = await follow();
  await badgeJobs();
  if (!open) return;
  await chrome.alarms.create(ALARM, { periodInMinutes: 0.5 });
  // What waits for a person is looked at by the alarm alone.
  if ((await readJobs()).some((j) => MOVING.has(j.state))) keepFollowing();
}

/** What is in front; a tab that comes to the front is badged then. */
async function badgeJobs(): Promise<void> {
  for (const tab of await chrome.tabs.query({ active: true }))
    if (tab.id !== undefined) await badgeFor(tab.id);
}

chrome.alarms.onAlarm.addListener((alarm) => {
  if (alarm.name !== ALARM) return;
  void (async () => {
    const open = await follow();
    const live = await checkLive();
    await badgeJobs();
    if (!open && !live) await chrome.alarms.clear(ALARM);
  })();
});

async function begin(): Promise<void> {
  await chrome.alarms.create(ALARM, { periodInMinutes: 0.5 });
  await tick();
}

chrome.runtime.onStartup.addListener(() => void begin());
chrome.runtime.onInstalled.addListener(() => void begin());

// ---- messages ----

async function answer(ask: Ask): Promise<Answer> {
  switch (ask.type) {
    case "view": {
      await follow();
      keepFollowing();
      const tab = ask.tab >= 0 ? await chrome.tabs.get(ask.tab).catch(() => null) : null;
      return { view: await viewFor(tab, ask.again, ask.chosen) };
    }
    case "download":
      await download(ask);
      return { ok: true };
    case "retry": {
      const job = (await readJobs()).find((j) => j.nonce === ask.nonce);
      if (!job) return { ok: false };
      // What never began is offered again.
      if (!job.id) await changeJobs((list) => list.filter((j) => j.nonce !== ask.nonce));
      else await retry(job);
      await begin();
      return { ok: true };
    }
    case "play":
      return { ok: await play(ask.tab) };
    case "pair":
      await pair(ask.code);
      return { ok: true };
    case "changed":
      await badgeJobs();
      return { ok: true };
  }
}

async function download(ask: Extract<Ask, { type: "download" }>): Promise<void> {
  const list = await lecturesIn(ask.tab, await pageFacts(ask.tab));
  const lecture =
    list.find((l) => l.id === ask.lecture) ?? list.find((l) => l.identities.includes(ask.lecture));
  if (!lecture) throw new Refused(409, "gone", text("errorLectureGone"), "");
  try {
    await startDownload(lecture, ask);
  } catch (e) {
    await rememberUnpaired(e);
    throw e;
  }
  await begin();
}

/** Reading needs no pairing, so only a refused start tells that it is missing. */
async function rememberUnpaired(e: unknown): Promise<void> {
  if (e instanceof Refused && (e.code === "not_paired" || e.status === 401))
    await chrome.storage.session.set({ unpaired: true });
}

async function pair(code: string): Promise<void> {
  const { backend: base } = await readSettings();
  const { key } = await backend.pair(code.replace(/\s/g, ""), base);
  if (key) await saveKey(base, key);
  await chrome.storage.session.remove("unpaired");
}

function failure(e: unknown): Answer {
  if (e instanceof Offline) return { ok: false, offline: true };
  if (e instanceof Refused)
    return { ok: false, error: e.message, unpaired: e.code === "not_paired" || e.status === 401 };
  return { ok: false, error: e instanceof Error ? e.message : String(e) };
}

chrome.runtime.onMessage.addListener((message, sender, reply) => {
  // Only this extension's own pages: there is no content script that could be imitated.
  if (sender.id !== chrome.runtime.id || !sender.url?.startsWith(`${OWN}/`)) return undefined;
  answer(message as Ask).then(reply, (e) => reply(failure(e)));
  return true;
});

/** From the dashboard: {"type":"pair","code":"12345678"} or {"type":"hello"}. */
chrome.runtime.onMessageExternal.addListener((message, sender, reply) => {
  void (async () => {
    const { backend: base } = await readSettings();
    if (sender.origin !== base || sender.id !== undefined) return reply({ ok: false });
    const m = message as { type?: unknown; code?: unknown };
    if (m?.type === "hello")
      return reply({ ok: true, name: "scaler-companion", version: chrome.runtime.getManifest().version });
    if (m?.type !== "pair" || typeof m.code !== "string" || !/^[\d\s]{4,20}$/.test(m.code))
      return reply({ ok: false });
    try {
      await pair(m.code);
      reply({ ok: true });
    } catch (e) {
      reply({ ok: false, error: failure(e).error ?? "" });
    }
  })();
  return true;
});

// ---- keyboard, notification ----

chrome.commands.onCommand.addListener((command, tab) => {
  if (command !== "download" || tab?.id === undefined) return;
  const id = tab.id;
  void (async () => {
    const view = await viewFor(tab, "", "");
    const begun =
      view.state === "ready" &&
      (await download({
        type: "download",
        tab: id,
        lecture: view.lecture.id,
        nonce: crypto.randomUUID(),
        title: view.lecture.title,
        start: null,
        end: null,
        quality: "",
      }).then(
        () => true,
        () => false,
      ));
    // There is something to say first.
    if (!begun) await chrome.action.openPopup().catch(() => {});
  })();
});

/** The browser's question may close the popup that asked: the page is read again all the same. */
chrome.permissions.onAdded.addListener((added) => {
  void (async () => {
    const { allowing } = await chrome.storage.session.get("allowing");
    const asked = allowing as { tab: number; origins: string[] } | undefined;
    if (!asked?.origins.some((o) => added.origins?.includes(o))) return;
    await chrome.storage.session.remove("allowing");
    await chrome.tabs.reload(asked.tab).catch(() => {});
  })();
});

chrome.notifications.onClicked.addListener((id) => {
  void (async () => {
    const { backend: base } = await readSettings();
    chrome.notifications.clear(id);
    if (id.startsWith("lecture ")) await chrome.tabs.create({ url: recordingAddress(base, id.slice(8)) });
    if (id.startsWith("ended "))
      await chrome.tabs.update(Number(id.slice(6).split(" ")[0]), { active: true }).catch(() => {});
  })();
});

// A worker that was killed goes on with what it had begun.
void readJobs().then((jobs) => {
  if (jobs.some((j) => ACTIVE.has(j.state))) void tick();
});
