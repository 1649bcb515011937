// Debian's (or the machine's) Chromium under playwright-core, with every console error,
// warning and failed page script counted: a test ends with `quiet(page)`.
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

const PLACES = [
  process.env.CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

export function chromiumPath() {
  return PLACES.find((p) => p && existsSync(p));
}

/** A plain browser without an extension. `options` go to chromium.launch. */
export async function launch(options = {}) {
  return chromium.launch({
    executablePath: chromiumPath(),
    args: ["--no-sandbox", "--disable-dev-shm-usage", "--autoplay-policy=no-user-gesture-required"],
    ...options,
  });
}

const noises = new WeakMap();

/** Records console errors and warnings of a page from now on. */
export function listen(page) {
  const seen = [];
  noises.set(page, seen);
  page.on("console", (m) => {
    if (m.type() === "error" || m.type() === "warning") seen.push(`${m.type()}: ${m.text()}`);
  });
  page.on("pageerror", (e) => seen.push(`script: ${e.stack ?? e}`));
  return page;
}

/** Throws when the page said anything; `allowed` are patterns a test provokes on purpose. */
export function quiet(page, allowed = []) {
  const bad = (noises.get(page) ?? []).filter((line) => !allowed.some((p) => p.test(line)));
  if (bad.length > 0) throw new Error(`the console was not silent:\n${bad.join("\n")}`);
}
