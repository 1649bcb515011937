/** The popup: asks the worker what the tab shows, draws that state, and does its one action. */
import { ask } from "../shared/ask";
import { text, translate } from "../shared/i18n";
import type { Ask, View } from "../shared/view";
import { draw, refine, shapeOf } from "./states";

const EVERY_MS = 1000;

let tab = -1;
let again = "";
let chosen = "";
let shown = "";
let busy = false;

/** What a button asks for: of the worker, or of the browser. */
export type Action =
  | Ask
  | { type: "open"; url: string }
  | { type: "lecture"; url: string }
  | { type: "again"; id: string }
  | { type: "reload" }
  | { type: "allow"; origins: string[] }
  | { type: "refresh" };

/** The tab below the popup; opened as a page of its own, the tab that was used last. */
async function findTab(): Promise<number> {
  const given = new URLSearchParams(location.search).get("tab");
  if (given && /^\d+$/.test(given)) return Number(given);
  const own = (await chrome.tabs.getCurrent())?.id;
  const [active] = await chrome.tabs.query({ active: true, lastFocusedWindow: true });
  if (active && active.id !== own) return active.id ?? -1;
  const mine = chrome.runtime.getURL("");
  const rest = (await chrome.tabs.query({})).filter((t) => t.id !== own && !t.url?.startsWith(mine));
  return rest.sort((a, b) => (b.lastAccessed ?? 0) - (a.lastAccessed ?? 0))[0]?.id ?? -1;
}

function show(view: View): void {
  const main = document.getElementById("main");
  if (!main) return;
  const shape = shapeOf(view);
  if (shape === shown) {
    refine(main, view);
    return;
  }
  shown = shape;
  draw(main, view, act);
}

async function refresh(): Promise<void> {
  if (busy) return;
  busy = true;
  try {
    const { view } = await ask({ type: "view", tab, again, chosen });
    if (view) show(view);
  } catch {
    // The next turn tries again.
  } finally {
    busy = false;
  }
}

async function refreshNow(): Promise<string> {
  while (busy) await new Promise((done) => setTimeout(done, 50));
  shown = "";
  await refresh();
  return "";
}

/** Does what a button says; resolves to a sentence when it did not work. */
async function act(what: Action): Promise<string> {
  switch (what.type) {
    case "open":
      await chrome.tabs.create({ url: what.url });
      window.close();
      return "";
    case "lecture": {
      // Open already: a reload makes the page ask for a new signature.
      const there = tab >= 0 ? await chrome.tabs.get(tab).catch(() => null) : null;
      if (there?.url && samePage(there.url, what.url)) await chrome.tabs.reload(tab);
      else await chrome.tabs.create({ url: what.url });
      return refreshNow();
    }
    case "again":
      again = what.id;
      return refreshNow();
    case "reload":
      await chrome.tabs.reload(tab);
      return refreshNow();
    case "allow":
      // The worker reloads the page: this window may be closed by then.
      void chrome.storage.session.set({ allowing: { tab, origins: what.origins } });
      await chrome.permissions.request({ origins: what.origins });
      return refreshNow();
    case "refresh":
      return refreshNow();
  }
  const answer = await ask("tab" in what ? { ...what, tab } : what);
  if (what.type === "download" && answer.ok) {
    again = "";
    chosen = what.lecture;
  }
  await refreshNow();
  if (answer.offline || answer.unpaired) return "";
  return answer.ok === false ? (answer.error ?? text("errorUnknown")) : "";
}

function samePage(a: string, b: string): boolean {
  return a.replace(/[?#].*/, "") === b.replace(/[?#].*/, "");
}

async function main(): Promise<void> {
  translate(document);
  tab = await findTab();
  await refresh();
  setInterval(() => void refresh(), EVERY_MS);
}

void main();
