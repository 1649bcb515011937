/** What a student has set. In chrome.storage.local; the key of the pairing lies beside it. */

export interface Settings {
  /** Where the backend answers. */
  backend: string;
  /** Make notes as soon as a lecture has arrived. */
  process: boolean;
  notify: boolean;
}

export const DEFAULTS: Settings = { backend: "http://localhost:8000", process: true, notify: true };

export async function readSettings(): Promise<Settings> {
  const { settings } = await chrome.storage.local.get("settings");
  return { ...DEFAULTS, ...(settings as Partial<Settings> | undefined) };
}

export async function saveSettings(change: Partial<Settings>): Promise<Settings> {
  const next = { ...(await readSettings()), ...change };
  await chrome.storage.local.set({ settings: next });
  return next;
}

/** The key that pairing gave, for one backend only. */
export async function readKey(backend: string): Promise<string | null> {
  const { pairing } = await chrome.storage.local.get("pairing");
  const p = pairing as { backend: string; key: string } | undefined;
  return p && p.backend === backend ? p.key : null;
}

export async function saveKey(backend: string, key: string | null): Promise<void> {
  if (key === null) await chrome.storage.local.remove("pairing");
  else await chrome.storage.local.set({ pairing: { backend, key } });
}

/**
 * An address as typed, in the form that is used; null when it is none. `localhost` in place of
 * 127.0.0.1, because the permission is for that name. Without TLS only this machine: what is
 * sent opens lectures.
 */
export function backendAddress(typed: string): string | null {
  const text = typed.trim();
  try {
    const url = new URL(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`);
    if (!/^https?:$/.test(url.protocol) || url.username || url.password || url.pathname !== "/" || url.search)
      return null;
    if (url.hostname === "127.0.0.1" || url.hostname === "[::1]") url.hostname = "localhost";
    if (url.protocol === "http:" && url.hostname !== "localhost") return null;
    return url.origin;
  } catch {
    return null;
  }
}
