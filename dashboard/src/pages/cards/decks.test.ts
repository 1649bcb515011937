import { beforeEach, describe, expect, it } from "vitest";
import { queryClient } from "../../api/queries";
import { count, type Deck, decksQuery, forecast, NEW_A_SESSION, plan, putGrade } from "./decks";
import type { Memory } from "./memory";

const NOW = new Date(2026, 10, 23, 12).getTime() / 1000;
const DAY = 86_400;
const memory = (due: number, stability = 3): Memory => ({
  stability,
  difficulty: 5,
  due: NOW + due,
  last: NOW - DAY,
  reps: 1,
  lapses: 0,
});
const deck = (id: string, cards: string[], grades: Record<string, Memory> = {}): Deck => ({
  id,
  title: id,
  date: "2026-11-23",
  cards,
  grades,
});

describe("decks", () => {
  it("counts what is new, due, learning and known; forgotten cards do not count", () => {
    const d = deck("a", ["1", "2", "3", "4"], {
      "2": memory(-1),
      "3": memory(DAY),
      "4": memory(40 * DAY, 60),
      gone: memory(-1),
    });
    expect(count([d], NOW)).toEqual({ total: 4, new: 1, due: 1, learning: 1, known: 1 });
  });
  it("plans what is due first, the longest overdue before, then new ones up to a number", () => {
    const many = Array.from({ length: 40 }, (_, i) => `n${i}`);
    const list = plan(
      [
        deck("a", ["1", "2"], { "1": memory(-5), "2": memory(DAY) }),
        deck("b", ["3", ...many], { "3": memory(-50) }),
      ],
      NOW,
      false,
    );
    expect(list.slice(0, 2)).toEqual([
      { lecture: "b", card: "3" },
      { lecture: "a", card: "1" },
    ]);
    expect(list.length).toBe(2 + NEW_A_SESSION);
    expect(plan([deck("a", ["1"], { "1": memory(DAY) })], NOW, true).length).toBe(1);
  });
  it("foresees the next days; what is late is today's", () => {
    const d = deck("a", ["1", "2", "3"], { "1": memory(-9 * DAY), "2": memory(DAY), "3": memory(90 * DAY) });
    expect(forecast([d], NOW, 3)).toEqual([1, 1, 0]);
  });
});

describe("a grade", () => {
  beforeEach(() => queryClient.setQueryData(decksQuery.queryKey, [deck("a", ["1"]), deck("b", ["1"])]));
  it("is shown at once and can be taken back", () => {
    const grades = () => queryClient.getQueryData(decksQuery.queryKey)?.map((d) => Object.keys(d.grades));
    putGrade("b", { "1": memory(5) });
    expect(grades()).toEqual([[], ["1"]]);
    putGrade("b", { "1": null });
    expect(grades()).toEqual([[], []]);
  });
});
