/** What is odd about a lecture, as its metadata.json tells it. */
export interface Oddities {
  /** Seconds that the video lacks, in its own time. */
  missing: { start: number; end: number }[];
  /** Sentences of the service. */
  remarks: string[];
}

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

export function odditiesOf(metadata: unknown): Oddities {
  const meta = (metadata ?? {}) as Record<string, unknown>;
  const missing = list(meta["gaps"])
    .map((gap) => list(gap).map(Number))
    .flatMap(([start, end]) =>
      start !== undefined && end !== undefined && start >= 0 && end > start ? [{ start, end }] : [],
    );
  const said = [...list(meta["import_warnings"]), ...list(meta["warnings"])];
  const remarks = new Set(said.filter((text): text is string => typeof text === "string" && text !== ""));
  return { missing, remarks: [...remarks] };
}
