/** Numbers as people read them. */

export function clock(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  const h = Math.floor(s / 3600);
  const m = Math.floor((s % 3600) / 60);
  const two = (n: number) => String(n).padStart(2, "0");
  return h > 0 ? `${h}:${two(m)}:${two(s % 60)}` : `${m}:${two(s % 60)}`;
}

export function size(bytes: number): string {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(1)} GB`;
  if (bytes >= 1e6) return `${Math.round(bytes / 1e6)} MB`;
  return `${Math.max(1, Math.round(bytes / 1e3))} kB`;
}

/** "90", "1:30", "1:02:03" in seconds; null for what is no time; "" is no limit: undefined. */
export function parseTime(typed: string): number | null | undefined {
  const text = typed.trim();
  if (!text) return undefined;
  const parts = text.split(":");
  if (
    parts.length > 3 ||
    !parts.every((p, i) => (i === parts.length - 1 ? /^\d+([.,]\d+)?$/ : /^\d+$/).test(p))
  )
    return null;
  const numbers = parts.map((p) => Number(p.replace(",", ".")));
  if (numbers.slice(1).some((n) => n >= 60)) return null;
  return numbers.reduce((total, n) => total * 60 + n, 0);
}

export type RangeError = "from" | "to" | "order" | "beyond";
export interface Range {
  start: number | null;
  end: number | null;
  error: RangeError | null;
}

/** What was typed, checked against the lecture's length (null: not known). */
export function parseRange(from: string, to: string, duration: number | null): Range {
  const start = parseTime(from);
  const end = parseTime(to);
  const bad = (error: RangeError): Range => ({ start: null, end: null, error });
  if (start === null) return bad("from");
  if (end === null) return bad("to");
  if (duration !== null && (start ?? 0) >= duration) return bad("beyond");
  if (duration !== null && end !== undefined && end > duration + 1) return bad("beyond");
  if (end !== undefined && end <= (start ?? 0)) return bad("order");
  return { start: start ? start : null, end: end ?? null, error: null };
}
