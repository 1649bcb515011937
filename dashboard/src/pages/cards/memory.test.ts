import { describe, expect, it } from "vitest";
import { type Grade, type Memory, offers, recall, review, standing } from "./memory";

const NOW = 1_800_000_000;
const DAY = 86_400;

describe("memory", () => {
  it("asks again soon after a card was not known, and in days after it was", () => {
    const waits = offers(undefined, NOW);
    expect(waits[1]).toBe(600);
    expect(waits[2]).toBe(DAY);
    expect(waits[3]).toBe(4 * DAY);
    expect(waits[4]).toBe(14 * DAY);
  });
  it("is 90 % sure after as many days as a memory is stable", () => {
    const m = review(undefined, 3, NOW);
    expect(recall(m, NOW)).toBe(1);
    expect(recall(m, NOW + m.stability * DAY)).toBeCloseTo(0.9, 5);
  });
  it("waits longer each time a card is known, and never longer than a year", () => {
    let m: Memory | undefined;
    let now = NOW;
    let wait = 0;
    for (let i = 0; i < 12; i++) {
      m = review(m, 3, now);
      expect(m.due - now).toBeGreaterThanOrEqual(wait);
      wait = m.due - now;
      now = m.due;
    }
    expect(wait).toBe(365 * DAY);
    expect(m?.reps).toBe(12);
  });
  it("forgets: stability falls, the card is harder, the lapse is counted", () => {
    const known = review(review(undefined, 4, NOW), 4, NOW + 14 * DAY);
    const now = known.due;
    const m = review(known, 1, now);
    expect(m.stability).toBeLessThan(known.stability / 2);
    expect(m.difficulty).toBeGreaterThan(known.difficulty);
    expect(m.lapses).toBe(1);
    expect(m.due).toBe(now + 600);
  });
  it("never offers a shorter wait for a better grade, and stays within its bounds", () => {
    for (const first of [1, 2, 3, 4] as Grade[])
      for (const second of [1, 2, 3, 4] as Grade[])
        for (const late of [0, 1, 30, 400]) {
          const m = review(review(undefined, first, NOW), second, NOW + DAY);
          const now = m.due + late * DAY;
          const waits = offers(m, now);
          expect(waits[1]).toBeLessThanOrEqual(waits[2]);
          expect(waits[2]).toBeLessThanOrEqual(waits[3]);
          expect(waits[3]).toBeLessThanOrEqual(waits[4]);
          for (const g of [1, 2, 3, 4] as Grade[]) {
            const next = review(m, g, now);
            expect(next.difficulty).toBeGreaterThanOrEqual(1);
            expect(next.difficulty).toBeLessThanOrEqual(10);
            expect(next.stability).toBeGreaterThan(0);
            expect(Object.values(next).every(Number.isFinite)).toBe(true);
          }
        }
  });
  it("tells where a card stands", () => {
    const m = review(undefined, 3, NOW);
    expect(standing(undefined, NOW)).toBe("new");
    expect(standing(m, NOW)).toBe("learning");
    expect(standing(m, m.due)).toBe("due");
    expect(standing({ ...m, stability: 30 }, NOW)).toBe("known");
  });
});
