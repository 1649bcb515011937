// Who speaks, as the engine names them, and as the student calls them. The student's names
// are edits of the lecture ("speaker:SPEAKER_00"): generated files stay as they are.
import type { Segment } from "../../api/model";

export interface Speaker {
  id: string;
  /** How long they speak. */
  seconds: number;
}

export const editKey = (id: string): string => `speaker:${id}`;

/** What is shown for a speaker: the student's name for them, or "SPEAKER_01" as "Speaker 2". */
export function speakerName(
  id: string,
  edits: Record<string, string>,
  numbered: (n: number) => string,
): string {
  const own = edits[editKey(id)]?.trim();
  if (own) return own;
  const number = /^speaker[_ ]?(\d+)$/i.exec(id);
  return number ? numbered(Number(number[1]) + 1) : id;
}

/** Everybody who speaks, who speaks most first. */
export function speakersOf(segments: readonly Segment[]): Speaker[] {
  const by = new Map<string, number>();
  for (const s of segments) if (s.speaker) by.set(s.speaker, (by.get(s.speaker) ?? 0) + s.end - s.start);
  return [...by].map(([id, seconds]) => ({ id, seconds })).sort((a, b) => b.seconds - a.seconds);
}

/** Whether a label stands above segment i: somebody else than before speaks. */
export const speakerBegins = (segments: readonly Segment[], i: number): boolean =>
  !!segments[i]?.speaker && segments[i]?.speaker !== segments[i - 1]?.speaker;
