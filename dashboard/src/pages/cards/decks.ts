// Decks as the service lists them, what is due in them, and how a grade gets back to it.
import { queryOptions } from "@tanstack/react-query";
import { type Answer, api } from "../../api/client";
import { queryClient } from "../../api/queries";
import { type Memory, standing } from "./memory";

export type Deck = Omit<Answer<"/api/v1/decks">["decks"][number], "grades"> & {
  grades: Record<string, Memory>;
};

export const decksQuery = queryOptions({
  queryKey: ["decks"],
  queryFn: ({ signal }) => api.get("/api/v1/decks", { signal }).then((a) => a.decks.map(readDeck)),
});

/** What was kept by something else, or half, does not count. */
function readDeck(deck: Answer<"/api/v1/decks">["decks"][number]): Deck {
  const grades: Record<string, Memory> = {};
  for (const [id, kept] of Object.entries(deck.grades)) {
    const m = kept as unknown as Memory;
    if (m.stability > 0 && m.difficulty > 0 && m.due > 0) grades[id] = m;
  }
  return { ...deck, grades };
}

export interface Counts {
  total: number;
  new: number;
  due: number;
  learning: number;
  known: number;
}

export function count(decks: Deck[], now: number): Counts {
  const sum: Counts = { total: 0, new: 0, due: 0, learning: 0, known: 0 };
  for (const deck of decks)
    for (const id of deck.cards) {
      sum.total++;
      sum[standing(deck.grades[id], now)]++;
    }
  return sum;
}

/** How many cards become due on each of the next days; today holds what is late. */
export function forecast(decks: Deck[], now: number, days: number): number[] {
  const list = Array.from({ length: days }, () => 0);
  const midnight = new Date(now * 1000).setHours(24, 0, 0, 0) / 1000;
  for (const deck of decks)
    for (const id of deck.cards) {
      const m = deck.grades[id];
      if (!m) continue;
      const day = m.due < midnight ? 0 : 1 + Math.floor((m.due - midnight) / 86_400);
      if (day < days) list[day] = (list[day] ?? 0) + 1;
    }
  return list;
}

export interface Place {
  lecture: string;
  card: string;
}

/** New cards that one session brings: more at once are not learned, only seen. */
export const NEW_A_SESSION = 20;

/** What to study now: what is due, longest overdue first, then new cards in their order. */
export function plan(decks: Deck[], now: number, all: boolean): Place[] {
  const due: (Place & { at: number })[] = [];
  const fresh: Place[] = [];
  const rest: Place[] = [];
  for (const deck of decks)
    for (const card of deck.cards) {
      const m = deck.grades[card];
      const place = { lecture: deck.id, card };
      if (!m) fresh.push(place);
      else if (m.due <= now) due.push({ ...place, at: m.due });
      else rest.push(place);
    }
  due.sort((a, b) => a.at - b.at);
  const first = due.map(({ lecture, card }) => ({ lecture, card }));
  return all ? [...first, ...fresh, ...rest] : [...first, ...fresh.slice(0, NEW_A_SESSION)];
}

/** The grade is shown at once; without the service it waits and is sent when it is back. */
export const gradeMutation = {
  mutationKey: ["grade"],
  // One after the other: the last word about a card is the one that counts.
  scope: { id: "grades" },
  mutationFn: ({ lecture, card, memory }: Place & { memory: Memory | null }) =>
    api.patch("/api/v1/recordings/{id}", { path: { id: lecture }, body: { grades: { [card]: memory } } }),
  onMutate: ({ lecture, card, memory }: Place & { memory: Memory | null }) =>
    putGrade(lecture, { [card]: memory }),
};

export function putGrade(lecture: string, grades: Record<string, Memory | null>): void {
  queryClient.setQueryData(decksQuery.queryKey, (old) =>
    old?.map((deck) => {
      if (deck.id !== lecture) return deck;
      const next = { ...deck.grades };
      for (const [card, memory] of Object.entries(grades)) {
        if (memory) next[card] = memory;
        else delete next[card];
      }
      return { ...deck, grades: next };
    }),
  );
}
