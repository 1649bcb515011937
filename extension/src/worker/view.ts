/** What the popup shows for a tab: one of these states, made anew each time it asks. */
import { currentOf, type Lecture, lecturesOf } from "../capture/lecture";
import type { Seen, Sighting } from "../capture/sighting";
import { kindOf } from "../hls/names";
import { isExpired, streamIdentity } from "../hls/signature";
import { backend, type Check, Offline, Refused } from "../shared/backend";
import { ACTIVE, type Job, jobOf, readJobs } from "../shared/jobs";
import { readSettings } from "../shared/settings";
import type { LectureView, View } from "../shared/view";
import { allSightings, saw, tabNote } from "./book";
import { isPlaylist, isSniffed, look } from "./look";
import { type Loaded, type PageAndDocuments, pageFacts } from "./page";

const LIVE_AGAIN_MS = 5_000;
/** A student does not wait for a slow server: what it says is shown when it has been said. */
const LOOK_MS = 2_500;

async function lookAt(list: Sighting[]): Promise<void> {
  const enough = new Promise<void>((done) => setTimeout(done, LOOK_MS));
  await Promise.race([look(list, LIVE_AGAIN_MS), enough]);
}

/** What the tab shows now, with a look at its playlists where that is due. */
export async function lecturesIn(tab: number, page: PageAndDocuments | null): Promise<Lecture[]> {
  if (page) await adopt(tab, page);
  const note = await tabNote(tab);
  let all = await allSightings();
  const ofTab = all.filter((s) => s.tab === tab || s.tab < 0);
  await lookAt(ofTab);
  all = await allSightings();
  const found = lecturesOf(all, note, page);
  if (found.length > 0 || !page || !(await sniff(tab, page))) return found;
  await lookAt((await allSightings()).filter((s) => s.tab === tab));
  return lecturesOf(await allSightings(), note, page);
}

/** Streams of the tab that are known already. */
async function knownIn(tab: number): Promise<Set<string>> {
  const all = await allSightings();
  return new Set(all.filter((s) => s.tab === tab || s.tab < 0).map((s) => streamIdentity(s.url)));
}

/** A playlist with neither an extension nor a type that says so: by its first line. */
async function sniff(tab: number, page: PageAndDocuments): Promise<boolean> {
  if (!page.hasVideo) return false;
  const known = await knownIn(tab);
  const isNew = ({ url }: Loaded) =>
    kindOf(url) === null && !isSniffed(url) && !known.has(streamIdentity(url));
  let found = false;
  for (const frame of page.byDocument)
    for (const one of frame.loaded.filter(isNew).slice(0, 8))
      if (await isPlaylist(one.url, { tab, documents: [frame.document] })) {
        await saw(fromPage(tab, frame, one));
        found = true;
      }
  return found;
}

/** With the time at which it was loaded: the page may show something else by now. */
function fromPage(tab: number, frame: PageAndDocuments["byDocument"][number], { url, at }: Loaded): Seen {
  return {
    url,
    kind: "playlist",
    tab,
    time: at,
    initiator: frame.origin,
    documents: [frame.document],
    cookies: null,
    bytes: 0,
  };
}

/** What the page loaded before the worker listened, or while it was being woken. */
async function adopt(tab: number, page: PageAndDocuments): Promise<void> {
  const known = await knownIn(tab);
  for (const frame of page.byDocument)
    for (const one of frame.loaded) {
      const identity = streamIdentity(one.url);
      if (kindOf(one.url) !== "playlist" || known.has(identity)) continue;
      known.add(identity);
      await saw(fromPage(tab, frame, one));
    }
}

function viewOf(l: Lecture): LectureView {
  return {
    id: l.id,
    title: l.title,
    course: l.course,
    live: l.live,
    duration: l.duration,
    tailOnly: l.tailOnly,
    qualities: l.qualities.map((q) => ({ id: q.id, label: q.label, bandwidth: q.bandwidth })),
    height: l.height,
    bytes: l.bytes,
    refused: l.refused,
    looked: l.looked,
    signed: l.auth !== null,
  };
}

async function checkTitle(title: string): Promise<Check | null> {
  try {
    return await backend.check(title);
  } catch (e) {
    if (e instanceof Offline) throw e;
    return null;
  }
}

/** By job, for a while: whether the library still has what was saved. */
const there = new Map<string, { at: number; is: boolean }>();

async function isThere(job: Job): Promise<boolean> {
  if (job.state !== "complete") return true;
  const known = there.get(job.nonce);
  if (known && Date.now() - known.at < 15_000) return known.is;
  try {
    const { recordings } = await backend.recordings();
    const is = recordings.some(
      (r) => r.id === job.recording || (job.path !== "" && r.videoPath === job.path),
    );
    there.set(job.nonce, { at: Date.now(), is });
    return is;
  } catch {
    return true;
  }
}

function jobView(job: Job, dashboard: string): View {
  return { state: "job", job, dashboard: recordingAddress(dashboard, job.recording) };
}

export function recordingAddress(base: string, recording: string): string {
  return recording ? `${base}/lecture/${encodeURIComponent(recording)}` : `${base}/`;
}

/**
 * The one of several that is shown: what the student took, or what is on its way; else the first.
 */
export function shown(lectures: Lecture[], jobs: Job[], chosen: string): Lecture | undefined {
  const going = (l: Lecture) => ACTIVE.has(jobOf(jobs, l.identities)?.state ?? "complete");
  return (
    lectures.find((l) => chosen !== "" && l.identities.includes(chosen)) ??
    lectures.find(going) ??
    lectures[0]
  );
}

/** `again`: the student wants a lecture that is there already once more. */
export async function viewFor(tab: chrome.tabs.Tab | null, again: string, chosen: string): Promise<View> {
  const settings = await readSettings();
  const id = tab?.id ?? -1;
  const page = id >= 0 ? await pageFacts(id) : null;
  const lectures = id >= 0 ? await lecturesIn(id, page) : [];
  const jobs = await readJobs();
  const lecture = shown(lectures, jobs, chosen);
  try {
    await backend.health();
  } catch (e) {
    if (e instanceof Refused && (e.code === "not_paired" || e.status === 401)) return { state: "unpaired" };
    return { state: "offline", backend: settings.backend };
  }
  const elsewhere = page ? await notAllowed(page.address) : null;
  // The click that opened the popup lets us look at the page once: not at its cookies, nor later.
  if (page && elsewhere) return { ...elsewhere, origins: originsFor(page) };
  if (!lecture) return nothing(tab, page, id, settings.backend);
  if ((await chrome.storage.session.get("unpaired")).unpaired) return { state: "unpaired" };
  const unseen = lecture.unreachable ? await notAllowed(lecture.streamUrl) : null;
  if (unseen) return unseen;
  const job = jobOf(jobs, lecture.identities);
  if (job && again !== lecture.id && (await isThere(job))) return jobView(job, settings.backend);
  if (isExpired(lecture.auth, Date.now() / 1000)) return { state: "stale", lecture: viewOf(lecture) };
  if (lecture.live) return { state: "live", lecture: viewOf(lecture) };
  const found = again === lecture.id ? null : await checkTitle(lecture.title);
  if (found?.exists)
    return {
      state: "there",
      lecture: viewOf(lecture),
      status: found.status ?? "",
      dashboard: recordingAddress(settings.backend, found.id ?? ""),
    };
  return {
    state: "ready",
    lecture: viewOf(lecture),
    others: lectures.filter((l) => l !== lecture).map(viewOf),
  };
}

/** A site that may be watched plays from a host that may not: asked for, once it is known. */
async function notAllowed(url: string): Promise<Extract<View, { state: "elsewhere" }> | null> {
  if (!url) return null;
  const { protocol, origin, hostname } = new URL(url);
  const origins = [`${origin}/*`];
  if (protocol !== "https:" || (await chrome.permissions.contains({ origins }))) return null;
  return { state: "elsewhere", origins, host: hostname };
}

async function nothing(
  tab: chrome.tabs.Tab | null,
  page: PageAndDocuments | null,
  id: number,
  base: string,
): Promise<View> {
  const address = page?.address ?? tab?.url ?? "";
  if (/^https?:/.test(address) && page && !address.startsWith(`${base}/`)) {
    // Segments pass by, but how they belong together was said before anybody listened.
    const current = currentOf(await allSightings(), await tabNote(id), page);
    const playing = current.some((s) => s.kind === "segments");
    if (playing) return { state: "reload" };
    const [player] = page.hasVideo ? [] : page.foreign;
    const framed = player ? await notAllowed(player) : null;
    if (framed) return framed;
    if (page.hasVideo || /\/(class|lecture|lesson|session|meeting|course|video)/i.test(address))
      return { state: "play", hasVideo: page.hasVideo };
  }
  return { state: "none" };
}

/** The page's own site, that of a player in a frame, and those from which it loaded playlists. */
function originsFor(page: PageAndDocuments): string[] {
  const urls = [page.address, ...page.loaded.filter((u) => kindOf(u) === "playlist"), ...page.foreign];
  const origins = urls.map((u) => new URL(u).origin).filter((o) => o.startsWith("https:"));
  return [...new Set(origins)].slice(0, 4).map((o) => `${o}/*`);
}
