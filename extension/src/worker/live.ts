/** Lectures that were live when last looked at: offered when they have ended. */
import type { Sighting } from "../capture/sighting";
import { text } from "../shared/i18n";
import { readSettings } from "../shared/settings";
import { allSightings } from "./book";
import { look } from "./look";

const AGAIN_MS = 25_000;

function isLive(s: Sighting): boolean {
  return s.facts?.media?.ended === false;
}

/** True while there is one. */
export async function checkLive(): Promise<boolean> {
  const before = (await allSightings()).filter(isLive);
  if (before.length === 0) return false;
  await look(before, AGAIN_MS);
  const now = new Map((await allSightings()).map((s) => [s.id, s]));
  const ended = before
    .map((s) => now.get(s.id))
    .filter((s) => s !== undefined && !isLive(s) && s.facts?.media?.ended);
  const { notify } = await readSettings();
  const told = new Set<number>();
  for (const s of ended) {
    if (!s || told.has(s.tab) || !notify) continue;
    told.add(s.tab);
    chrome.notifications.create(`ended ${s.tab} ${Date.now()}`, {
      type: "basic",
      iconUrl: chrome.runtime.getURL("icons/128.png"),
      title: text("notifyEndedTitle"),
      message: text("notifyEnded"),
    });
  }
  return ended.length < before.length;
}
