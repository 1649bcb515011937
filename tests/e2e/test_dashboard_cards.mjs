// Flashcards: turned, graded, kept on the service, with slide, clip and Anki.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { join } from "node:path";
import { accessible, dashboard, done, noDashboard, open } from "./lib/dashboard.mjs";
import { sampleLibrary } from "./lib/sample.mjs";
import { scratch } from "./lib/service.mjs";

const options = { skip: noDashboard };
let at, library, id, cards;

before(async () => {
  if (noDashboard) return;
  library = await sampleLibrary(join(scratch("cards"), "library"));
  at = await dashboard({ name: "cards", library });
  const { recordings } = await at.service.api("GET", "/api/v1/recordings");
  id = recordings[0].id;
  cards = (await at.service.api("GET", `/api/v1/recordings/${id}`)).notes.cards;
});
after(() => at?.close());

const grades = async () => (await at.service.api("GET", "/api/v1/decks")).decks[0].grades;
/** Waits until the service knows what `see` wants of its grades. */
async function kept(see) {
  for (;;) {
    const all = await grades();
    if (see(all)) return all;
    await new Promise((again) => setTimeout(again, 50));
  }
}
const fits = async (page) =>
  assert.ok((await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0, "wider than the screen");

test("the overview says what there is to study", options, async () => {
  assert.ok(cards.length >= 4, `the sample has ${cards.length} cards`);
  const page = await open(at, "/cards");
  await page.getByRole("link", { name: `Study ${cards.length} cards` }).waitFor();
  await page.getByRole("link", { name: /Binary Search/ }).waitFor();
  await done(page);
});

test("Space turns a card, 1 to 4 grade it, the service keeps it, U takes it back", options, async () => {
  const page = await open(at, `/cards/${id}`);
  const front = page.locator(".flashcard-front");
  await front.waitFor();
  assert.equal(await page.locator(".flashcard-back").count(), 0);
  // A grade before the answer was seen means nothing.
  await page.keyboard.press("3");
  assert.equal(await page.locator(".session-head .num").innerText(), `1 / ${cards.length}`);
  await page.keyboard.press("Space");
  await page.locator(".flashcard-back").waitFor();
  await page.keyboard.press("Space");
  await page.locator(".flashcard-back").waitFor({ state: "detached" });
  await page.keyboard.press("Space");
  await page.locator(".flashcard-back").waitFor();
  await page.keyboard.press("3");
  await page.getByText(`2 / ${cards.length}`).waitFor();
  const first = await kept((g) => Object.keys(g).length === 1);
  const [card, memory] = Object.entries(first)[0];
  assert.ok(cards.some((c) => c.id === card) && memory.reps === 1 && memory.due > Date.now() / 1000 + 80_000, memory);
  // Beside the student's own notes, in the lecture's folder.
  const folder = (await at.service.api("GET", `/api/v1/recordings/${id}`)).path;
  assert.deepEqual(Object.keys(JSON.parse(readFileSync(join(folder, "user_notes.json"), "utf8")).grades), [card]);
  await page.keyboard.press("u");
  await kept((g) => Object.keys(g).length === 0);
  await page.getByText(`1 / ${cards.length}`).waitFor();
  await page.locator(".flashcard-back").waitFor();
  // A card that was not known comes back in this session: there is one more to do.
  await page.keyboard.press("1");
  await page.getByText(`2 / ${cards.length + 1}`).waitFor();
  await page.keyboard.press("ArrowLeft");
  await page.getByText(`1 / ${cards.length + 1}`).waitFor();
  await page.keyboard.press("ArrowRight");
  await page.getByText(`2 / ${cards.length + 1}`).waitFor();
  await page.keyboard.press("Space");
  await page.getByRole("button", { name: /^Easy/ }).click();
  await kept((g) => Object.keys(g).length === 2);
  await page.reload();
  await page.getByText(`1 / ${cards.length}`).waitFor();
  await done(page);
});

test("the answer comes with its slide, and plays its second", options, async () => {
  const page = await open(at, `/cards/${id}`);
  await page.locator(".flashcard-front").waitFor();
  // A card whose slide is known.
  const shown = async () => cards.find((c) => page.url() && c.front.startsWith(text.slice(0, 20)));
  let text = "";
  for (;;) {
    text = (await page.locator(".flashcard-front").innerText()).trim();
    if ((await shown())?.slide) break;
    await page.keyboard.press("ArrowRight");
  }
  const card = await shown();
  await page.keyboard.press("Space");
  await page.waitForFunction(() => document.querySelector(".clip img")?.naturalWidth > 0);
  await page.keyboard.press("p");
  await page.waitForFunction((start) => document.querySelector(".clip video")?.currentTime >= start - 0.3, card.start);
  await page.keyboard.press("p");
  await page.locator(".clip img").waitFor();
  await page.getByRole("link", { name: "Open the lecture there" }).click();
  await page.waitForURL(`**/lecture/${id}?t=${Math.floor(card.start)}`);
  await done(page);
});

test("what one window learns, the other shows", options, async () => {
  const one = await open(at, "/cards");
  await one.getByRole("link", { name: /Binary Search/ }).waitFor();
  const before = await one.locator(".deck .standing").getAttribute("aria-label");
  const fresh = cards.find((c) => c.id);
  const memory = { stability: 40, difficulty: 5, due: Math.floor(Date.now() / 1000) + 4_000_000, last: 0, reps: 9, lapses: 0 };
  await at.service.api("PATCH", `/api/v1/recordings/${id}`, { grades: { [fresh.id]: memory } });
  await one.waitForFunction((old) => document.querySelector(".deck .standing").getAttribute("aria-label") !== old, before);
  await one.getByText("The next two weeks").waitFor();
  await done(one);
});

test("a session over all lectures ends with what comes next", options, async () => {
  const page = await open(at, "/cards");
  await page.getByRole("link", { name: /^Study \d+ card/ }).click();
  await page.locator(".flashcard-front").waitFor();
  while ((await page.locator(".session-done").count()) === 0) {
    const was = await page.locator(".session-head .num").innerText();
    await page.keyboard.press("Space");
    await page.locator(".flashcard-back").waitFor();
    await page.keyboard.press("3");
    await page.waitForFunction(
      (old) => document.querySelector(".session-done") || (document.querySelector(".session-head .num")?.textContent ?? old) !== old,
      was,
    );
  }
  await page.getByRole("heading", { name: "Done" }).waitFor();
  await kept((g) => Object.keys(g).length === cards.length);
  await page.getByRole("button", { name: "All decks" }).last().click();
  await page.getByText("rests", { exact: true }).waitFor();
  await done(page);
});

test("Anki gets every card with an id that stays", options, async () => {
  const page = await open(at, `/cards/${id}`);
  await page.locator(".session-head").waitFor();
  await page.getByRole("button", { name: "More" }).click();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("menuitem", { name: "Save for Anki" }).click(),
  ]);
  const text = readFileSync(await download.path(), "utf8");
  assert.match(text, /^#separator:tab\n/);
  for (const card of cards) assert.ok(text.includes(`scaler-${id}-${card.id}`), card.id);
  await done(page);
});

test("accessible and not too wide, by day and by night, on a phone", options, async () => {
  for (const [width, colorScheme] of [
    [1280, "light"],
    [360, "dark"],
  ]) {
    const page = await open(at, "/cards", { viewport: { width, height: 760 }, colorScheme });
    await page.getByRole("link", { name: /Binary Search/ }).waitFor();
    await accessible(page);
    await fits(page);
    await page.goto(`${at.service.url}/cards/${id}`);
    await page.locator(".flashcard-front").waitFor();
    await accessible(page);
    await fits(page);
    await page.keyboard.press("Space");
    await page.locator(".clip").waitFor();
    await accessible(page);
    await fits(page);
    await done(page);
  }
  const none = await open(at, "/cards/nothing");
  await none.getByText("This lecture has no flashcards").waitFor();
  await accessible(none);
  await done(none);
});
