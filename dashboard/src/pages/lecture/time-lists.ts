// Questions about lists in time order. Pure; lectures have thousands of segments.

/** Index of the last item that starts at or before `time`; -1 before the first. */
export function indexAt(list: readonly { start: number }[], time: number): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((list[middle] as { start: number }).start <= time + 0.001) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** The word being spoken: index within a segment, -1 in a pause or without word times. */
export function wordAt(words: readonly { start: number; end: number }[] | undefined, time: number): number {
  if (!words) return -1;
  const at = indexAt(words, time);
  const word = words[at];
  return word && time < word.end + 0.15 ? at : -1;
}

export interface Gap {
  start: number;
  end: number;
}

/** Silences that are worth skipping: what lies between segments, longer than `least` seconds. */
export function gapsOf(
  list: readonly { start: number; end: number }[],
  duration: number,
  least = 1.8,
): Gap[] {
  const gaps: Gap[] = [];
  let end = 0;
  for (const s of list) {
    if (s.start - end >= least) gaps.push({ start: end, end: s.start });
    end = Math.max(end, s.end);
  }
  if (duration - end >= least) gaps.push({ start: end, end: duration });
  return gaps;
}

/** Where playing goes on when `time` is in a silence; null when it is not. */
export function skipTo(gaps: readonly Gap[], time: number): number | null {
  const gap = gaps[indexAt(gaps, time)];
  return gap && time > gap.start + 0.35 && time < gap.end - 0.6 ? gap.end - 0.3 : null;
}

export interface Hit {
  segment: number;
  /** Offsets in the segment's text. */
  from: number;
  to: number;
}

/** Every place of `text` in the segments, case and accents aside when lengths allow. */
export function findIn(list: readonly { text: string }[], text: string, most = 2000): Hit[] {
  const wanted = text.trim().toLowerCase();
  if (!wanted) return [];
  const hits: Hit[] = [];
  for (let i = 0; i < list.length && hits.length < most; i++) {
    const where = (list[i] as { text: string }).text.toLowerCase();
    for (let at = where.indexOf(wanted); at >= 0; at = where.indexOf(wanted, at + wanted.length))
      hits.push({ segment: i, from: at, to: at + wanted.length });
  }
  return hits;
}

/** Where each word stands in the segment's text: [from, to) by word, in order. */
export function wordOffsets(text: string, words: readonly { word: string }[]): [number, number][] {
  const found: [number, number][] = [];
  let at = 0;
  for (const { word } of words) {
    const bare = word.trim();
    const from = bare ? text.indexOf(bare, at) : -1;
    if (from < 0) {
      found.push([at, at]);
      continue;
    }
    found.push([from, from + bare.length]);
    at = from + bare.length;
  }
  return found;
}
