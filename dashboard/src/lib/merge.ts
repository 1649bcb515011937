interface Range {
  start: number;
  end: number;
}

/** Both in time order; what of the second lies over the first takes its place. */
export function merged<T extends Range>(old: readonly T[], more: readonly T[]): T[] {
  const first = more[0];
  if (!first) return [...old];
  // Nearly always what comes lies behind all there is.
  if ((old.at(-1)?.end ?? first.start) <= first.start) return [...old, ...more];
  const out: T[] = [];
  let k = 0;
  for (const o of old) {
    for (let m = more[k]; m && m.end <= o.start; m = more[++k]) out.push(m);
    const over = more[k];
    if (!over || over.start >= o.end) out.push(o);
  }
  return [...out, ...more.slice(k)];
}
