// What all pages share: how they are served, what they weigh, navigation, keys, theme, sign-in.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { after, before, test } from "node:test";
import { join } from "node:path";
import { quiet } from "./lib/browser.mjs";
import { accessible, dashboard, done, GONE, layoutShift, noDashboard, open } from "./lib/dashboard.mjs";
import { SCALER, scratch } from "./lib/service.mjs";

const PAGES = ["/", "/search", "/cards", "/queue", "/settings", "/system"];
const options = { skip: noDashboard };
let at;

before(async () => {
  if (!noDashboard) at = await dashboard({ name: "shell" });
});
after(() => at?.close());

function newKey(library) {
  const key = execFileSync(SCALER, ["keys", "add", "phone", "--scopes", "read", "--library", library], { encoding: "utf8" })
    .split(/\s+/)
    .find((word) => /^sc_\w{20,}$|^\w{40,}$/.test(word));
  assert.ok(key, "scaler keys add prints the key");
  return key;
}

test("the document has a strict policy, files are compressed and kept", options, async () => {
  const page = await fetch(`${at.service.url}/`);
  const policy = page.headers.get("content-security-policy");
  assert.match(policy, /default-src 'none'; script-src 'self'; style-src 'self'/);
  assert.doesNotMatch(policy, /unsafe/);
  assert.equal(page.headers.get("referrer-policy"), "no-referrer");
  assert.equal(page.headers.get("x-content-type-options"), "nosniff");
  assert.equal(page.headers.get("cache-control"), "no-cache");
  const script = /assets\/index-[^"]+\.js/.exec(await page.text())[0];
  for (const coding of ["br", "gzip", "identity"]) {
    const file = await fetch(`${at.service.url}/${script}`, { headers: { "Accept-Encoding": coding } });
    assert.equal(file.headers.get("content-encoding"), coding === "identity" ? null : coding);
    assert.match(file.headers.get("cache-control"), /immutable/);
    assert.match(file.headers.get("content-type"), /^text\/javascript/);
    assert.match(await file.text(), /createElement/);
    const again = await fetch(`${at.service.url}/${script}`, { headers: { "If-None-Match": file.headers.get("etag") } });
    assert.equal(again.status, 304);
  }
  assert.equal((await fetch(`${at.service.url}/assets/none.js`)).status, 404);
  assert.equal((await fetch(`${at.service.url}/nowhere`)).status, 404);
});

test("first load: below 130 kB of script, interactive below a second, nothing moves", options, async () => {
  const page = await open(at, "/");
  await page.getByRole("heading", { level: 1 }).waitFor();
  await page.getByRole("heading", { name: "A quiet place for your lectures" }).waitFor();
  const files = await page.evaluate(() =>
    performance
      .getEntriesByType("resource")
      .map((e) => e.name)
      .filter((name) => /\.js$/.test(new URL(name).pathname)),
  );
  let script = 0;
  for (const name of files) {
    const file = await fetch(name, { method: "HEAD", headers: { "Accept-Encoding": "gzip" } });
    assert.equal(file.headers.get("content-encoding"), "gzip", name);
    script += Number(file.headers.get("content-length"));
  }
  assert.ok(script > 10_000 && script < 130_000, `${script} bytes of script`);
  const interactive = await page.evaluate(() => performance.getEntriesByType("navigation")[0].domInteractive);
  const shift = await layoutShift(page);
  assert.ok(shift < 0.02, `layout shift ${shift}`);
  console.log(`# ${script} bytes of script, interactive after ${Math.round(interactive)} ms`);
  await done(page);
});

for (const path of PAGES)
  test(`${path}: accessible by day and by night, wide and narrow, console silent`, options, async () => {
    for (const [width, colorScheme] of [
      [1280, "light"],
      [390, "dark"],
    ]) {
      const page = await open(at, path, { viewport: { width, height: 800 }, colorScheme });
      await page.getByRole("heading", { level: 1 }).waitFor();
      await accessible(page);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(wide <= 0, `the page is ${wide} px wider than the screen`);
      await done(page);
    }
  });

test("answers that come late move nothing that is already there", options, async () => {
  for (const path of PAGES) {
    const page = await open(at, "about:blank", { base: "" });
    // One after the other, each as late as a busy machine would be.
    let turn = 0;
    await page.route(/\/api\/v1\/(?!events)/, async (route) => {
      await new Promise((go) => setTimeout(go, 150 * ++turn));
      await route.continue().catch(() => {});
    });
    await page.goto(at.service.url + path);
    await page.getByRole("heading", { level: 1 }).first().waitFor();
    await page.waitForFunction(() => !document.querySelector(".skeleton"));
    const shift = await layoutShift(page);
    assert.ok(shift < 0.02, `${path}: layout shift ${shift}`);
    await done(page);
  }
});

test("navigation goes everywhere without loading the document again", options, async () => {
  const page = await open(at, "/");
  await page.evaluate(() => (globalThis.sameDocument = true));
  for (const name of ["Search", "Flashcards", "Queue", "Settings", "System", "Library"]) {
    await page.getByRole("navigation").getByRole("link", { name, exact: true }).click();
    await page.locator("h1").waitFor();
    await page.locator(`a[aria-current=page]:has-text("${name}")`).waitFor();
  }
  assert.equal(await page.evaluate(() => globalThis.sameDocument), true);
  await done(page);
});

test("? lists the keys, Escape closes, the theme is remembered", options, async () => {
  const page = await open(at, "/", { colorScheme: "light" });
  await page.locator("h1").waitFor();
  await page.keyboard.press("?");
  await page.getByRole("dialog").getByText("Everywhere").waitFor();
  await accessible(page);
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Theme" }).click();
  await page.getByRole("menuitemradio", { name: "Dark" }).click();
  const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const dark = await paper();
  await page.reload();
  await page.locator("h1").waitFor();
  assert.equal(await paper(), dark);
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "dark");
  await done(page);
});

test("Hindi is fetched when chosen and used everywhere", options, async () => {
  const page = await open(at, "/", { locale: "hi-IN" });
  await page.getByRole("link", { name: "खोज" }).waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.lang), "hi");
  await done(page);
});

test("a service that goes away is noticed, one that comes back as well", options, async () => {
  const page = await open(at, "/");
  await page.locator("h1").waitFor();
  await at.service.stop();
  await page.getByText("The service does not answer").waitFor();
  await at.service.start();
  await page.getByText("The service does not answer").waitFor({ state: "detached" });
  // The refused connections are what this test provokes.
  await done(page, GONE);
});

test("an answer from before the key was given, coming after it, does not ask for the key again", options, async () => {
  const library = join(scratch("late"), "library");
  const key = newKey(library);
  const lan = await dashboard({ library, env: { SCALER_HOST: "0.0.0.0" } });
  try {
    const page = await open(lan, "about:blank", { base: "" });
    let release;
    const held = new Promise((go) => (release = go));
    // The first question, whether a key is needed, is answered last.
    let first = true;
    let late;
    await page.route("**/api/v1/session", async (route) => {
      if (!first || route.request().method() !== "GET") return route.continue();
      first = false;
      const answer = await route.fetch();
      assert.equal((await answer.json()).needsKey, true);
      await held;
      await route.fulfill({ response: answer });
      late();
    });
    const came = new Promise((go) => (late = go));
    await page.goto(lan.service.url);
    await page.getByLabel("Key").fill(key);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("heading", { name: "Library" }).waitFor();
    release();
    await came;
    await page.getByRole("heading", { name: "A quiet place for your lectures" }).waitFor();
    await page.getByRole("link", { name: "Queue" }).click();
    await page.getByRole("heading", { level: 1, name: "Queue" }).waitFor();
    assert.equal(await page.getByLabel("Key").count(), 0);
    quiet(page, [/status of 401/]);
    await page.context().close();
  } finally {
    await lan.close();
  }
});

test("on another address a key is asked for, and becomes a cookie", options, async () => {
  const library = join(scratch("signin"), "library");
  const key = newKey(library);
  const lan = await dashboard({ library, env: { SCALER_HOST: "0.0.0.0" } });
  try {
    const page = await open(lan, "/");
    await page.getByLabel("Key").fill("wrong");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("alert").getByText("not known").waitFor();
    await page.getByLabel("Key").fill(key);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("heading", { name: "Library" }).waitFor();
    await page.reload();
    await page.getByRole("heading", { name: "Library" }).waitFor();
    quiet(page, [/status of 40[13]/]);
    await page.context().close();
  } finally {
    await lan.close();
  }
});
