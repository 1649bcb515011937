// Settings with their source, models on their way, keys, pairing; and the page about the system.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { join } from "node:path";
import { accessible, dashboard, done, noDashboard, open } from "./lib/dashboard.mjs";
import { cdn } from "./lib/sample.mjs";
import { scratch } from "./lib/service.mjs";

const options = { skip: noDashboard };
let at, mirror;

before(async () => {
  if (noDashboard) return;
  const dir = scratch("settings");
  mkdirSync(join(dir, "mirror"));
  writeFileSync(join(dir, "mirror/ggml-tiny.bin"), Buffer.alloc(3_000_000, "not a model"));
  writeFileSync(join(dir, "mirror/ggml-tiny.en.bin"), Buffer.alloc(3000, "not a model"));
  mirror = await cdn(join(dir, "mirror"), ["--cap-kbps", "40"]);
  at = await dashboard({
    name: "settings",
    env: { SCALER_MODEL_MIRROR: mirror.url, SCALER_MODELS_DIR: join(dir, "models") },
  });
});
after(async () => {
  await at?.close();
  mirror?.close();
});

const setting = async (name) =>
  (await at.service.api("GET", "/api/v1/settings")).settings.find((s) => s.name === name);
const row = (page, name) => page.locator(`[data-setting=${name}]`);
const fits = async (page) =>
  assert.ok((await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0, "wider than the screen");

test("each setting tells where it comes from; what the environment decides cannot be changed", options, async () => {
  const page = await open(at, "/settings");
  const provider = row(page, "LLM_PROVIDER");
  await provider.getByText("The environment variable LLM_PROVIDER decides this.").waitFor();
  assert.ok(await provider.getByRole("combobox").isDisabled());
  const threads = row(page, "SCALER_THREADS");
  await threads.getByText("default", { exact: true }).waitFor();
  assert.ok(await threads.getByRole("spinbutton").isEnabled());
  assert.ok(await row(page, "SCALER_OUTPUT_DIR").getByRole("textbox").isDisabled());
  // All that the service has is on the page.
  const { settings } = await at.service.api("GET", "/api/v1/settings");
  for (const s of settings) await row(page, s.name).waitFor();
  await done(page);
});

test("a change is saved at once, shown elsewhere, and taken back", options, async () => {
  const page = await open(at, "/settings");
  const other = await open(at, "/settings");
  const downloads = row(page, "SCALER_MAX_DOWNLOADS");
  const there = row(other, "SCALER_MAX_DOWNLOADS");
  await there.getByText("default", { exact: true }).waitFor();
  await downloads.getByRole("spinbutton").fill("5");
  await page.keyboard.press("Enter");
  await downloads.getByText("saved here").waitFor();
  await there.getByText("saved here").waitFor();
  assert.equal(await there.getByRole("spinbutton").inputValue(), "5");
  assert.equal((await setting("SCALER_MAX_DOWNLOADS")).value, "5");
  await downloads.getByRole("button", { name: "Back to 3" }).click();
  await other.waitForFunction(
    () => document.querySelector("[data-setting=SCALER_MAX_DOWNLOADS] input").value === "3",
  );
  const sleep = row(page, "SCALER_PREVENT_SLEEP").getByRole("checkbox");
  await sleep.uncheck();
  await row(page, "SCALER_PREVENT_SLEEP").getByText("saved here").waitFor();
  assert.equal((await setting("SCALER_PREVENT_SLEEP")).value, "off");
  await done(other);
  await done(page);
});

test("what is wrong is said at its setting, and not saved", options, async () => {
  const page = await open(at, "/settings");
  const downloads = row(page, "SCALER_MAX_DOWNLOADS");
  await downloads.getByRole("spinbutton").fill("99");
  await page.keyboard.press("Enter");
  await downloads.getByRole("alert").getByText("From 1 to 16 is allowed.").waitFor();
  const language = row(page, "SCALER_LANGUAGE");
  await language.getByRole("textbox").fill("x1!");
  await language.getByRole("textbox").blur();
  await language.getByRole("alert").getByText("SCALER_LANGUAGE").waitFor();
  assert.notEqual((await setting("SCALER_MAX_DOWNLOADS")).value, "99");
  assert.equal((await setting("SCALER_LANGUAGE")).value, "auto");
  await accessible(page);
  // The refusal is what this test provokes.
  await done(page, [/status of 422/]);
});

test("providers are tried out", options, async () => {
  const page = await open(at, "/settings");
  await page.getByRole("button", { name: "Test Built in" }).click();
  await page.getByText(/Answered within \d+ ms/).waitFor();
  await page.getByRole("button", { name: "Test Ollama" }).click();
  await page.getByText("No answer.").waitFor();
  await done(page);
});

test("a model comes with progress, can be stopped, and is refused when it is not the model", options, async () => {
  const page = await open(at, "/settings#models");
  const model = page.locator("[data-model='tiny']");
  await model.getByRole("button", { name: "Fetch tiny" }).click();
  const bar = model.getByRole("progressbar");
  await bar.waitFor();
  await page.waitForFunction(
    () => Number(document.querySelector("[data-model='tiny'] [role=progressbar]")?.getAttribute("aria-valuenow")) > 0,
  );
  await model.getByText(/MB$|kB$|MB ·/).first().waitFor();
  await model.getByRole("button", { name: "Cancel" }).click();
  await model.getByRole("button", { name: "Fetch tiny" }).waitFor();
  await page.locator("[data-model='tiny.en']").getByRole("button", { name: "Fetch tiny.en" }).click();
  await page.locator("[data-model='tiny.en']").getByRole("alert").waitFor();
  await page.locator("[data-model='tiny.en']").getByRole("button", { name: "Fetch tiny.en" }).waitFor();
  await done(page);
});

test("a key is made, shown once and revoked; a code pairs", options, async () => {
  const page = await open(at, "/settings#access");
  await page.getByLabel("Name of a new key").fill("laptop");
  await page.getByLabel("send lectures and change notes").uncheck();
  await page.getByRole("button", { name: "Make the key" }).click();
  const secret = await page.locator(".secret").innerText();
  assert.ok(secret.length > 20);
  await accessible(page);
  await page.getByRole("button", { name: "I have it" }).click();
  assert.equal(await page.getByText(secret).count(), 0);
  const { keys } = await at.service.api("GET", "/api/v1/keys");
  assert.deepEqual(keys.map((k) => [k.name, k.scopes.join()]), [["laptop", "read"]]);
  await page.getByRole("button", { name: "Revoke laptop" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
  await page.getByText("No keys yet").waitFor();
  await page.getByRole("button", { name: "Show a pairing code" }).click();
  const code = (await page.locator(".pairing-code output").innerText()).replace(/\s/g, "");
  assert.match(code, /^\d{8}$/);
  await page.getByText(/good for \d:\d\d/).waitFor();
  const paired = await at.service.api("POST", "/api/v1/pair", { code });
  assert.equal(paired.paired, true);
  await done(page);
});

test("theme and language are chosen here", options, async () => {
  const page = await open(at, "/settings", { colorScheme: "light" });
  // The label: whether its text or its radio lies under the pointer depends on the font.
  const choice = (name) => page.locator("label", { hasText: name });
  await choice("Dark").click();
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), "dark");
  await choice("हिन्दी").click();
  await page.getByRole("heading", { level: 1, name: "सेटिंग" }).waitFor();
  await choice("English").click();
  await page.getByRole("heading", { level: 1, name: "Settings" }).waitFor();
  await done(page);
});

test("what the service says is Hindi in Hindi: models, providers, advice, refusals", options, async () => {
  const page = await open(at, "/settings", { locale: "hi-IN" });
  await page.locator("[data-model='base.en']").getByText("तेज़, केवल अंग्रेज़ी: शुरुआत के लिए अच्छा").waitFor();
  await page.locator(".providers").getByText("OpenAI की कुंजी नहीं है").waitFor();
  const address = page.locator("[data-setting=OLLAMA_HOST] input");
  await address.waitFor();
  // Nothing that only English says, but names.
  const words = await page.locator(".providers, .models, .setting-words").allInnerTexts();
  for (const text of words) assert.doesNotMatch(text, /\b(the|and|with|accurate|compressed)\b/);
  await page.route("**/api/v1/models/*/pull", (route) =>
    route.fulfill({ status: 507, json: { detail: "there is no room for 78 MB", code: "disk_full", hint: "Make room and run the same command again." } }),
  );
  await page.locator("[data-model=tiny]").getByRole("button", { name: "लाएँ" }).click();
  await page.getByText("डिस्क पर जगह काफ़ी नहीं है; कुछ खोया नहीं। जगह बनाएँ और फिर कोशिश करें।").waitFor();
  await page.locator(".nav a[href='/system']").click();
  await page.locator(".checks").getByText("OpenAI की कुंजी नहीं है").waitFor();
  await page.locator(".checks-good summary").click();
  for (const text of await page.locator(".check-row").allInnerTexts()) assert.doesNotMatch(text, /\b(the|is|there|available)\b/);
  await accessible(page);
  await done(page, [/507/]);
});

test("the system: health, live plots, disk by kind, advice, machine", options, async () => {
  const page = await open(at, "/system");
  await page.getByText("The service runs").waitFor();
  const line = page.locator("[data-plot=memory] .plot-line");
  await line.waitFor();
  const before = await line.getAttribute("d");
  // The next reading comes as an event.
  await page.waitForFunction((old) => document.querySelector("[data-plot=memory] .plot-line").getAttribute("d") !== old, before);
  for (const kind of ["Videos", "Audio", "Slides", "Transcripts and notes", "Free"])
    await page.locator(".disk-kinds").getByText(kind, { exact: true }).waitFor();
  await page.getByText("notes: ollama").waitFor();
  await page.locator(".facts").getByText("sphinx").waitFor();
  // Housekeeping is looked at before it is done.
  await page.locator("[data-task=cleanup]").getByRole("button", { name: "See what it would do" }).click();
  await page.getByRole("dialog").getByText("There is nothing to do.").waitFor();
  assert.ok(await page.getByRole("button", { name: "Clean up now" }).isDisabled());
  await page.keyboard.press("Escape");
  await page.locator("[data-task=backup]").getByRole("link", { name: "Choose a folder" }).waitFor();
  await done(page);
});

test("accessible and not too wide, by day and by night, on a phone", options, async () => {
  for (const [width, colorScheme] of [
    [1280, "light"],
    [360, "dark"],
  ]) {
    const page = await open(at, "/settings", { viewport: { width, height: 760 }, colorScheme });
    await row(page, "LOG_FORMAT").waitFor();
    await page.locator("[data-model]").first().waitFor();
    await accessible(page);
    await fits(page);
    await page.goto(`${at.service.url}/system`);
    await page.locator("[data-plot=jobs]").waitFor();
    await page.locator(".checks").first().waitFor();
    await page.locator(".facts").waitFor();
    await accessible(page);
    await fits(page);
    await done(page);
  }
});
