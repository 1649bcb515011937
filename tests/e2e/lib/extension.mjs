// Chromium with the built extension, its worker, and its real popup.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { chromium } from "playwright-core";
import { chromiumPath } from "./browser.mjs";
import { BUILD, SOURCE } from "./service.mjs";

function newest(dir) {
  return readdirSync(dir, { withFileTypes: true }).reduce((n, e) => {
    if (["node_modules", "dist", ".lock"].includes(e.name) || e.name.endsWith(".zip")) return n;
    const path = join(dir, e.name);
    return Math.max(n, e.isDirectory() ? newest(path) : statSync(path).mtimeMs);
  }, 0);
}

/**
 * The folder of the built extension, one for each state of its sources: what a browser of
 * another test has open is never replaced. Who builds the same at the same time takes the first.
 */
export function buildExtension() {
  const home = join(SOURCE, "extension"), out = join(BUILD, `e2e-extension-${Math.round(newest(home))}`);
  if (existsSync(out)) return out;
  const part = `${out}.${process.pid}`;
  execFileSync(join(home, "build.sh"), ["--out", part], { stdio: ["ignore", "ignore", "inherit"] });
  try {
    renameSync(part, out);
  } catch (e) {
    if (!existsSync(out)) throw e;
    rmSync(part, { recursive: true, force: true });
  }
  return out;
}

/** Asks until the answer is good; the test's own limit ends what never is. */
export async function until(ask, what = "what was waited for") {
  let last;
  for (let i = 0; i < 1200; i++) {
    try {
      last = await ask();
      if (last) return last;
    } catch (e) {
      last = e;
    }
    await sleep(50);
  }
  throw new Error(`${what} did not come; the last answer was ${last instanceof Error ? last.stack : JSON.stringify(last)}`);
}

/** Longer than any click takes on a busy machine; the test's own limit ends what never is. */
const PATIENCE_MS = 300_000;

export class Browser {
  /**
   * dir: scratch folder; args: further arguments; language and dark: what the student has set;
   * display: with windows on that one (display.mjs), else without.
   */
  async start({ dir, args = [], language = "en-US", dark = false, backend, display }) {
    this.profile = join(dir, "profile");
    this.display = display;
    const dist = buildExtension();
    const lang = `${language.replace("-", "_")}.UTF-8`;
    this.context = await chromium.launchPersistentContext(this.profile, {
      executablePath: chromiumPath(),
      colorScheme: dark ? "dark" : "light",
      headless: !display,
      viewport: display ? null : { width: 1000, height: 700 },
      env: { ...process.env, LANGUAGE: language, LANG: lang, LC_ALL: lang, ...(display ? { DISPLAY: display.name } : {}) },
      args: [
        "--no-sandbox", "--disable-dev-shm-usage", "--autoplay-policy=no-user-gesture-required", `--lang=${language}`,
        ...(display ? ["--ozone-platform=x11", "--window-position=0,0", "--window-size=1280,900"] : []),
        `--disable-extensions-except=${dist}`, `--load-extension=${dist}`, "--remote-debugging-port=0", ...args,
      ],
    });
    this.context.setDefaultTimeout(PATIENCE_MS);
    this.id = JSON.parse(readFileSync(join(dist, "manifest.json"), "utf8")).key ? await this.findId() : "";
    // An own page of the extension: its interfaces are there even while the worker is dead.
    this.own = await this.context.newPage();
    await this.own.goto(`chrome-extension://${this.id}/options.html`);
    if (backend) await this.set({ backend });
    return this;
  }

  async findId() {
    const found = await until(() => this.context.serviceWorkers()[0]?.url(), "the extension's worker");
    return found.split("/")[2];
  }

  /** Changes settings as the options page stores them. */
  set(settings) {
    return this.own.evaluate((s) => chrome.storage.local.set({ settings: s }), settings);
  }

  stored(area = "local") {
    return this.own.evaluate((a) => chrome.storage[a].get(null), area);
  }

  /** The number of a page's tab. */
  async tabOf(page) {
    const tabs = await this.own.evaluate(() => chrome.tabs.query({}));
    return tabs.find((t) => t.url === page.url())?.id;
  }

  /** What the badge over a page says. */
  async badge(page) {
    const tabId = await this.tabOf(page);
    return this.own.evaluate((id) => chrome.action.getBadgeText({ tabId: id }), tabId);
  }

  /** Kills the worker; the next event starts it again. */
  async kill() {
    this.session ??= await this.context.newCDPSession(this.own);
    await this.session.send("ServiceWorker.enable");
    await this.session.send("ServiceWorker.stopAllWorkers");
  }

  async openPage(url, options) {
    const page = await this.context.newPage();
    await page.goto(url, options);
    return page;
  }

  /** Opens the real popup over a page. Ends with popup.leave(). */
  async popup(page) {
    if (this.display) {
      await this.press(page, "alt+shift+s", () => this.popups());
      return this.openedPopup();
    }
    await page.bringToFront();
    await until(async () => {
      await this.own.evaluate(() => chrome.action.openPopup());
      return true;
    }, "the popup");
    return this.openedPopup();
  }

  /** Popups that are open. */
  async popups() {
    return (await this.own.evaluate(() => chrome.runtime.getContexts({ contextTypes: ["POPUP"] }))).length;
  }

  /** Presses a key of the browser's until it had an effect: a busy browser loses some. */
  async press(page, key, effect) {
    await page.bringToFront();
    for (let i = 0; i < 20; i++) {
      this.display.focus();
      this.display.press(key);
      for (let k = 0; k < 40; k++) {
        if (await effect()) return;
        await sleep(100);
      }
    }
    throw new Error(`${key} had no effect`);
  }

  /** The popup that somebody has opened. */
  async openedPopup() {
    // The popup is no page of the context that started the browser: a second connection sees it.
    const [port] = readFileSync(join(this.profile, "DevToolsActivePort"), "utf8").split("\n");
    const second = await chromium.connectOverCDP(`http://127.0.0.1:${port}`);
    const address = `chrome-extension://${this.id}/popup.html`;
    const found = await until(() => second.contexts().flatMap((c) => c.pages()).find((p) => p.url() === address), "the popup's page");
    found.setDefaultTimeout(PATIENCE_MS);
    found.leave = async () => {
      await found.evaluate(() => window.close()).catch(() => {});
      await second.close();
    };
    found.state = () => found.locator("main").getAttribute("data-state");
    found.reaches = (...states) => until(async () => states.includes(await found.state()) && (await found.state()), `the state ${states}`);
    return found;
  }

  async close() {
    await this.context?.close();
  }
}

/** A click that may close the popup it is in, perhaps before the click is known to be done. */
export const clickAway = (locator) =>
  locator.click().catch((e) => {
    if (!/has been closed/.test(e.message)) throw e;
  });
