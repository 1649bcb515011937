// The dashboard in a real browser: pages that are listened to, axe, what was transferred.
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { launch, listen, quiet } from "./browser.mjs";
import { SOURCE, Service, scratch } from "./service.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** Why the dashboard cannot be tested, or false. */
export const noDashboard = existsSync(join(SOURCE, "dashboard/dist/index.html"))
  ? false
  : "the dashboard was not built (make dashboard)";

/** A service over `library` (an empty one when absent) and a browser; ends with close(). */
export async function dashboard({ library, env, name = "dashboard" } = {}) {
  const service = await new Service({ library: library ?? join(scratch(name), "library"), env }).start();
  const browser = await launch();
  return {
    service,
    browser,
    async close() {
      await browser.close();
      await service.stop();
    },
  };
}

/** What a browser says of a service that goes away: allowed where a test ends one. */
export const GONE = [
  /ERR_(CONNECTION_\w+|INCOMPLETE_CHUNKED_ENCODING|EMPTY_RESPONSE|CONTENT_LENGTH_MISMATCH|SOCKET_NOT_CONNECTED)/,
];
// Playwright gives up after half a minute: a busy machine may need more.
const PATIENCE_MS = 240_000;

/** Opens an address of the dashboard in a page of its own; its console is listened to. */
export async function open({ service, browser }, path = "/", { base = service.url, ...options } = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "en-GB", ...options });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = listen(await context.newPage());
  await page.goto(base + path);
  return page;
}

/** Closes a page whose console must have been silent. */
export async function done(page, allowed) {
  quiet(page, allowed);
  await page.context().close();
}

/** How far things moved without being asked to, since the page began (web.dev/cls). */
export const layoutShift = (page) =>
  page.evaluate(
    () =>
      new Promise((tell) => {
        let sum = 0;
        new PerformanceObserver((list) => {
          for (const e of list.getEntries()) if (!e.hadRecentInput) sum += e.value;
        }).observe({ type: "layout-shift", buffered: true });
        // A frame later the buffered entries have come.
        requestAnimationFrame(() => setTimeout(() => tell(sum)));
      }),
  );

/** Throws when axe finds something serious or critical. */
export async function accessible(page) {
  // Colours in the middle of a fade are nobody's: what is shown in the end counts. What comes
  // while axe looks does not fade either.
  await page.emulateMedia({ reducedMotion: "reduce" });
  await page.waitForFunction(() =>
    document.getAnimations().every((a) => a.effect?.getComputedTiming().iterations === Infinity || a.playState === "finished"),
  );
  // Through the debugger: the policy of the page allows no inline script.
  await page.evaluate(AXE);
  const found = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  await page.emulateMedia({ reducedMotion: null });
  const bad = found.violations.filter((v) => v.impact === "serious" || v.impact === "critical");
  if (bad.length > 0)
    throw new Error(
      `axe on ${page.url()}:\n${bad
        .map((v) => `${v.impact} ${v.id}: ${v.help}\n${v.nodes.slice(0, 5).map((n) => `    ${n.target} ${n.any[0]?.message ?? ""}`).join("\n")}`)
        .join("\n")}`,
    );
}
