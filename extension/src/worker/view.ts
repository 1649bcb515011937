/** What the popup shows for a tab: one of these states, made anew each time it asks. */
import { currentOf, type Lecture, lecturesOf } from "../capture/lecture";
import type { Seen } from "../capture/sighting";
import { kindOf } from "../hls/names";
import { isExpired, streamIdentity } from "../hls/signature";
import { backend, type Check, Offline, Refused } from "../shared/backend";
import { type Job, jobOf, readJobs } from "../shared/jobs";
import { readSettings } from "../shared/settings";
import type { LectureView, View } from "../shared/view";
import { allSightings, saw, tabNote } from "./book";
import { isPlaylist, look } from "./look";
import { type PageAndDocuments, pageFacts } from "./page";

const LIVE_AGAIN_MS = 5_000;

/** What the tab shows now, with a look at its playlists where that is due. */
export async function lecturesIn(tab: number, page: PageAndDocuments | null): Promise<Lecture[]> {
  if (page) await adopt(tab, page);
  const note = await tabNote(tab);
  let all = await allSightings();
  const ofTab = all.filter((s) => s.tab === tab || s.tab < 0);
  await look(ofTab, LIVE_AGAIN_MS);
  all = await allSightings();
  const found = lecturesOf(all, note, page);
  if (found.length > 0 || !page || !(await sniff(tab, page))) return found;
  await look(
    (await allSightings()).filter((s) => s.tab === tab),
    LIVE_AGAIN_MS,
  );
  return lecturesOf(await allSightings(), note, page);
}

/** A playlist with neither an extension nor a type that says so: by its first line. */
async function sniff(tab: number, page: PageAndDocuments): Promise<boolean> {
  if (!page.hasVideo) return false;
  let found = false;
  for (const frame of page.byDocument)
    for (const url of frame.loaded.filter((u) => kindOf(u) === null).slice(0, 8))
      if (await isPlaylist(url)) {
        await saw(fromPage(tab, frame, url));
        found = true;
      }
  return found;
}

function fromPage(tab: number, frame: PageAndDocuments["byDocument"][number], url: string): Seen {
  return {
    url,
    kind: "playlist",
    tab,
    time: Date.now(),
    initiator: frame.origin,
    documents: [frame.document],
    cookies: null,
    bytes: 0,
  };
}

/** What the page loaded before the worker listened, or while it was being woken. */
async function adopt(tab: number, page: PageAndDocuments): Promise<void> {
  const known = new Set(
    (await allSightings()).filter((s) => s.tab === tab || s.tab < 0).map((s) => streamIdentity(s.url)),
  );
  for (const frame of page.byDocument)
    for (const url of frame.loaded) {
      if (kindOf(url) !== "playlist" || known.has(streamIdentity(url))) continue;
      known.add(streamIdentity(url));
      await saw(fromPage(tab, frame, url));
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

/** `again`: the student wants a lecture that is there already once more. */
export async function viewFor(tab: chrome.tabs.Tab | null, again: string): Promise<View> {
  const settings = await readSettings();
  const id = tab?.id ?? -1;
  const page = id >= 0 ? await pageFacts(id) : null;
  const lectures = id >= 0 ? await lecturesIn(id, page) : [];
  const lecture = lectures[0];
  const jobs = await readJobs();
  try {
    await backend.health();
  } catch (e) {
    if (e instanceof Refused && (e.code === "not_paired" || e.status === 401)) return { state: "unpaired" };
    return { state: "offline", backend: settings.backend };
  }
  if (!lecture) return nothing(tab, page, id, settings.backend);
  if ((await chrome.storage.session.get("unpaired")).unpaired) return { state: "unpaired" };
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
  return { state: "ready", lecture: viewOf(lecture), others: lectures.slice(1).map(viewOf) };
}

async function nothing(
  tab: chrome.tabs.Tab | null,
  page: PageAndDocuments | null,
  id: number,
  base: string,
): Promise<View> {
  const address = page?.address ?? tab?.url ?? "";
  if (/^https?:/.test(address) && page && !address.startsWith(`${base}/`)) {
    const host = new URL(address).hostname;
    const watched = await chrome.permissions.contains({ origins: [`${new URL(address).origin}/*`] });
    if (!watched) return { state: "elsewhere", origins: originsFor(page), host };
    // Segments pass by, but how they belong together was said before anybody listened.
    const current = currentOf(await allSightings(), await tabNote(id), page);
    const playing = current.some((s) => s.kind === "segments");
    if (playing) return { state: "reload" };
    if (page.hasVideo || /\/(class|lecture|lesson|session|meeting|course|video)/i.test(address))
      return { state: "play", hasVideo: page.hasVideo };
  }
  return { state: "none" };
}

/** The page's own site and those from which it loaded playlists. */
function originsFor(page: PageAndDocuments): string[] {
  const origins = new Set<string>();
  for (const url of [page.address, ...page.loaded.filter((u) => kindOf(u) === "playlist")])
    origins.add(`${new URL(url).origin}/*`);
  return [...origins];
}
