/**
 * What was seen, kept in chrome.storage.session: a worker dies after seconds and forgets.
 * Events are applied in the order in which they come, after what was kept has been read, and
 * are written back at once.
 */
import { sameLecture, type TabNote } from "../capture/lecture";
import { type Facts, merge, type Seen, type Sighting, sightingId, surplus } from "../capture/sighting";
import { splitSignature } from "../hls/signature";

const MAX_SIGHTINGS = 200;
const MAX_ROUTES = 6;

const sightings = new Map<string, Sighting>();
const tabs = new Map<number, TabNote>();

/** Keys to write or remove; a write goes out as soon as the one before has ended. */
const dirty = new Set<string>();
let writing: Promise<void> | null = null;

const ready: Promise<void> = chrome.storage.session.get(null).then((stored) => {
  for (const [key, value] of Object.entries(stored)) {
    if (key.startsWith("seen ")) sightings.set(key.slice(5), value as Sighting);
    if (key.startsWith("tab ")) tabs.set(Number(key.slice(4)), value as TabNote);
  }
});

async function write(): Promise<void> {
  while (dirty.size > 0) {
    const keys = [...dirty];
    dirty.clear();
    const set: Record<string, unknown> = {};
    const gone: string[] = [];
    for (const key of keys) {
      const value = key.startsWith("seen ") ? sightings.get(key.slice(5)) : tabs.get(Number(key.slice(4)));
      if (value) set[key] = value;
      else gone.push(key);
    }
    await Promise.all([
      Object.keys(set).length > 0 ? chrome.storage.session.set(set) : null,
      gone.length > 0 ? chrome.storage.session.remove(gone) : null,
    ]);
  }
}

function flush(): Promise<void> {
  writing ??= write().finally(() => {
    writing = null;
  });
  return writing;
}

function put(s: Sighting): void {
  sightings.set(s.id, s);
  dirty.add(`seen ${s.id}`);
  for (const old of surplus(sightings.values(), MAX_SIGHTINGS)) {
    sightings.delete(old.id);
    dirty.add(`seen ${old.id}`);
  }
}

function note(id: number): TabNote {
  return tabs.get(id) ?? { id, routes: [], load: 0 };
}

/** Adds a request; tells whether its stream or its signature is new. */
export async function saw(seen: Seen): Promise<{ entry: Sighting; fresh: boolean }> {
  await ready;
  const old = sightings.get(sightingId(seen));
  const entry = merge(old, seen);
  if (!entry.page) entry.page = tabs.get(seen.tab)?.routes.at(-1)?.address ?? "";
  put(entry);
  await flush();
  return { entry, fresh: !old || old.auth?.signature !== entry.auth?.signature };
}

/** The signature of a request whose address is known already, from its Cookie header. */
export async function sawCookies(
  url: string,
  auth: Seen["cookies"],
  time: number,
  own: boolean,
): Promise<void> {
  await ready;
  const bare = splitSignature(url).url;
  for (const s of sightings.values()) {
    if (s.url !== bare || !own || s.auth) continue;
    put({ ...s, auth, authAt: time });
  }
  await flush();
}

export async function putFacts(id: string, facts: Facts): Promise<void> {
  await ready;
  const s = sightings.get(id);
  if (s) put({ ...s, facts });
  await flush();
}

/** An address that only led to another one: remembered, so that it is not taken for new. */
export async function moved(id: string): Promise<void> {
  await ready;
  const s = sightings.get(id);
  if (s && !s.moved) put({ ...s, moved: true });
  await flush();
}

export async function loaded(tab: number, time: number): Promise<void> {
  await ready;
  const t = note(tab);
  if (time <= t.load) return;
  tabs.set(tab, { ...t, load: time });
  dirty.add(`tab ${tab}`);
  await flush();
}

export async function routed(tab: number, at: number, late: number, address: string): Promise<void> {
  await ready;
  const t = note(tab);
  const last = t.routes.at(-1);
  if (last?.address === address) return;
  const routes =
    last && sameLecture(last.address, address)
      ? [...t.routes.slice(0, -1), { ...last, address }]
      : [...t.routes, { at, late, address }].slice(-MAX_ROUTES);
  tabs.set(tab, { ...t, routes });
  dirty.add(`tab ${tab}`);
  await flush();
}

export async function closed(tab: number): Promise<void> {
  await ready;
  tabs.delete(tab);
  dirty.add(`tab ${tab}`);
  for (const s of sightings.values())
    if (s.tab === tab) {
      sightings.delete(s.id);
      dirty.add(`seen ${s.id}`);
    }
  await flush();
}

export async function allSightings(): Promise<Sighting[]> {
  await ready;
  return [...sightings.values()];
}

export async function tabNote(id: number): Promise<TabNote> {
  await ready;
  return note(id);
}
