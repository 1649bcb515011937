/** The popup: asks the worker what the tab shows, draws that state, and does its one action. */
import { text, translate } from "../shared/i18n";
import type { Answer, Ask, View } from "../shared/view";
import { draw, same } from "./states";

const EVERY_MS = 1000;

let tab = -1;
let again = "";
let shown: View | null = null;
let busy = false;

/** The worker may die while it answers: asked again, it starts anew. */
export async function ask(message: Ask): Promise<Answer> {
  for (let i = 0; ; i++) {
    try {
      const answer = (await chrome.runtime.sendMessage(message)) as Answer | undefined;
      if (answer) return answer;
    } catch (e) {
      if (i >= 5) throw e;
    }
    if (i >= 5) return { ok: false, error: text("errorNoWorker") };
    await new Promise((done) => setTimeout(done, 150 * (i + 1)));
  }
}

/** The tab below the popup; opened as a page of its own, the tab that was used last. */
async function findTab(): Promise<number> {
  const given = new URLSearchParams(location.search).get("tab");
  if (given && /^\d+$/.test(given)) return Number(given);
  const [active] = await chrome.tabs.query({ active: true, lastFocusedWindow: true });
  const own = await chrome.tabs.getCurrent();
  if (active && active.id !== own?.id) return active.id ?? -1;
  const rest = (await chrome.tabs.query({})).filter((t) => t.id !== own?.id);
  return rest.sort((a, b) => (b.lastAccessed ?? 0) - (a.lastAccessed ?? 0))[0]?.id ?? -1;
}

function show(view: View): void {
  if (shown && same(shown, view)) return;
  shown = view;
  const main = document.getElementById("main");
  if (main) draw(main, view, act);
}

async function refresh(): Promise<void> {
  if (busy) return;
  busy = true;
  try {
    const { view } = await ask({ type: "view", tab, again });
    if (view) show(view);
  } catch {
    // The next turn tries again.
  } finally {
    busy = false;
  }
}

/** What a button does; resolves to a sentence when it did not work. */
async function act(
  what:
    | Ask
    | { type: "open"; url: string }
    | { type: "again"; id: string }
    | { type: "reload" }
    | { type: "allow"; origins: string[] }
    | { type: "refresh" },
): Promise<string> {
  switch (what.type) {
    case "open":
      await chrome.tabs.create({ url: what.url });
      window.close();
      return "";
    case "again":
      again = what.id;
      break;
    case "reload":
      await chrome.tabs.reload(tab);
      break;
    case "allow":
      if (await chrome.permissions.request({ origins: what.origins })) await chrome.tabs.reload(tab);
      break;
    case "refresh":
      break;
    default: {
      const answer = await ask("tab" in what ? { ...what, tab } : what);
      if (what.type === "download" && answer.ok) again = "";
      if (answer.offline) return text("errorOffline");
      if (answer.unpaired) break;
      if (answer.ok === false) return answer.error ?? text("errorUnknown");
    }
  }
  shown = null;
  await refresh();
  return "";
}
export type Action = Parameters<typeof act>[0];

async function main(): Promise<void> {
  translate(document);
  tab = await findTab();
  await refresh();
  setInterval(() => void refresh(), EVERY_MS);
}

void main();
