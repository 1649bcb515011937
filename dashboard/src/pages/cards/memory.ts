// When a card is shown again.
//
// A model of memory with two numbers per card, as in FSRS 4.5 (J. Ye, "A stochastic shortest
// path algorithm for optimizing spaced repetition scheduling", KDD 2022; the formulas and the
// published default parameters):
//
//   stability   S  days after which the chance to recall has fallen to 90 %
//   difficulty  D  1 (easy) to 10 (hard)
//
// The chance to recall after t days is R = (1 + 19/81 t/S)^-0.5. A recalled card becomes more
// stable, the more so the nearer it was to being forgotten; a forgotten one starts low again.
// The next day is the one on which R is 90 %, which is S days from now.

export type Grade = 1 | 2 | 3 | 4;
/** What is kept of a card, on the service: plain numbers, times in Unix seconds. */
export interface Memory {
  stability: number;
  difficulty: number;
  due: number;
  last: number;
  reps: number;
  lapses: number;
}

const W = [
  0.4872, 1.4003, 3.7145, 13.8206, 5.1618, 1.2298, 0.8975, 0.031, 1.6474, 0.1367, 1.0461, 2.1072, 0.0793,
  0.3246, 1.587, 0.2272, 2.8755,
] as const;

const DAY = 86_400;
/** A forgotten card comes back within the session. */
const AGAIN_S = 600;
const MAX_DAYS = 365;

const clamp = (x: number, low: number, high: number) => Math.min(high, Math.max(low, x));
const round = (x: number) => Math.round(x * 1000) / 1000;

/** The chance to recall a card now. */
export function recall(m: Memory, now: number): number {
  const days = Math.max(0, (now - m.last) / DAY);
  return (1 + ((19 / 81) * days) / m.stability) ** -0.5;
}

const firstDifficulty = (grade: Grade) => clamp(W[4] - (grade - 3) * W[5], 1, 10);

function nextDifficulty(d: number, grade: Grade): number {
  const moved = d - W[6] * (grade - 3);
  // Slowly back to the middle, so that no card is hard for ever.
  return clamp(W[7] * firstDifficulty(3) + (1 - W[7]) * moved, 1, 10);
}

function nextStability(m: Memory, grade: Grade, r: number): number {
  if (grade === 1) {
    const fallen =
      W[11] * m.difficulty ** -W[12] * ((m.stability + 1) ** W[13] - 1) * Math.exp(W[14] * (1 - r));
    return clamp(fallen, 0.1, m.stability);
  }
  const gain =
    Math.exp(W[8]) *
    (11 - m.difficulty) *
    m.stability ** -W[9] *
    (Math.exp(W[10] * (1 - r)) - 1) *
    (grade === 2 ? W[15] : 1) *
    (grade === 4 ? W[16] : 1);
  return m.stability * (1 + gain);
}

/** Seconds until it is shown again. A remembered card waits for whole days. */
function waitFor(stability: number, grade: Grade): number {
  return grade === 1 ? AGAIN_S : clamp(Math.round(stability), 1, MAX_DAYS) * DAY;
}

/** What a grade makes of a card; `old` undefined: seen for the first time. */
export function review(old: Memory | undefined, grade: Grade, now: number): Memory {
  const stability = old ? nextStability(old, grade, recall(old, now)) : (W[grade - 1] as number);
  const difficulty = old ? nextDifficulty(old.difficulty, grade) : firstDifficulty(grade);
  return {
    stability: round(stability),
    difficulty: round(difficulty),
    due: Math.round(now + waitFor(stability, grade)),
    last: Math.round(now),
    reps: (old?.reps ?? 0) + 1,
    lapses: (old?.lapses ?? 0) + (grade === 1 && old ? 1 : 0),
  };
}

/** The four waits a card offers, each at least as long as the one before. */
export function offers(old: Memory | undefined, now: number): Record<Grade, number> {
  const wait = (g: Grade) => review(old, g, now).due - Math.round(now);
  const hard = wait(2);
  const good = Math.max(wait(3), hard);
  return { 1: wait(1), 2: hard, 3: good, 4: Math.max(wait(4), good) };
}

export type Standing = "new" | "due" | "learning" | "known";

/** A card counts as known when it is safe for three weeks. */
export function standing(m: Memory | undefined, now: number): Standing {
  if (!m) return "new";
  if (m.due <= now) return "due";
  return m.stability >= 21 ? "known" : "learning";
}
