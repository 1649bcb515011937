import { text } from "./i18n";
import type { Answer, Ask } from "./view";

const TRIES = 6;

/** Asks the worker. It may die while it answers: asked again, it starts anew. */
export async function ask(message: Ask): Promise<Answer> {
  for (let i = 1; i <= TRIES; i++) {
    try {
      const answer = (await chrome.runtime.sendMessage(message)) as Answer | undefined;
      if (answer) return answer;
    } catch {
      // No receiver, or it went away in between.
    }
    await new Promise((done) => setTimeout(done, 150 * i));
  }
  return { ok: false, error: text("errorNoWorker") };
}
