// The geometry of a small plot: readings over the last hour as one line and its area.
export interface Point {
  time: number;
  value: number;
}

export interface Plot {
  line: string;
  area: string;
  /** The value at the top of the plot. */
  top: number;
  at: (x: number) => Point | undefined;
}

/** The next round figure: 1, 2, 5 and their tens. */
export function roundUp(value: number): number {
  if (!(value > 0)) return 1;
  const ten = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((f) => f * ten).find((f) => f >= value * 0.999) ?? value;
}

/**
 * A plot of `width` x `height` over the `span` seconds before `now`. A gap longer than
 * `gap` seconds (the service was away) breaks the line.
 */
export function plot(
  points: Point[],
  box: { width: number; height: number; now: number; span: number; gap: number; top?: number | undefined },
): Plot {
  const seen = points.filter((p) => p.time >= box.now - box.span && p.time <= box.now);
  const top = box.top ?? roundUp(Math.max(0, ...seen.map((p) => p.value)));
  const x = (p: Point) => ((p.time - box.now + box.span) / box.span) * box.width;
  const y = (p: Point) => box.height - (Math.min(p.value, top) / top) * box.height;
  const runs: Point[][] = [];
  for (const p of seen) {
    const run = runs[runs.length - 1];
    const last = run?.[run.length - 1];
    if (run && last && p.time - last.time <= box.gap) run.push(p);
    else runs.push([p]);
  }
  const text = (n: number) => n.toFixed(1);
  const path = (run: Point[]) => run.map((p, i) => `${i ? "L" : "M"}${text(x(p))} ${text(y(p))}`).join("");
  const close = (run: Point[]) => {
    const first = run[0];
    const last = run[run.length - 1];
    return first && last
      ? `${path(run)}L${text(x(last))} ${box.height}L${text(x(first))} ${box.height}Z`
      : "";
  };
  return {
    line: runs.map((run) => (run.length === 1 ? `${path(run)}h0.1` : path(run))).join(""),
    area: runs.map(close).join(""),
    top,
    at: (px) => {
      let best: Point | undefined;
      for (const p of seen) if (!best || Math.abs(x(p) - px) < Math.abs(x(best) - px)) best = p;
      return best;
    },
  };
}
