// Which of a list fits what was typed: every word must occur, beginnings of words count most.
const fold = (text: string) =>
  text
    .normalize("NFD")
    .replace(/[\u0300-\u036f]/g, "")
    .toLowerCase();

/** 0: does not fits; higher fits better. */
export function fits(text: string, typed: string): number {
  const whole = fold(text);
  let score = 1;
  for (const word of fold(typed).split(/\s+/).filter(Boolean)) {
    const at = whole.indexOf(word);
    if (at < 0) return 0;
    const begins = at === 0 || /[^\p{L}\p{N}]/u.test(whole[at - 1] ?? "");
    score += (begins ? 4 : 1) + (at === 0 ? 2 : 0) + word.length / (whole.length + 1);
  }
  return score;
}

export function best<T>(list: T[], typed: string, textOf: (item: T) => string, limit: number): T[] {
  return list
    .map((item, i) => ({ item, i, score: fits(textOf(item), typed) }))
    .filter((x) => x.score > 0)
    .sort((a, b) => b.score - a.score || a.i - b.i)
    .slice(0, limit)
    .map((x) => x.item);
}
