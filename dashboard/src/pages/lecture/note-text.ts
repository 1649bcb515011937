// Notes as text: identity of lines for a student's edits, and the whole as Markdown. Pure.
import type { NoteLine, Notes } from "../../api/model";
import { formatTime } from "../../lib/format";

/** "…full_video.mp4#t=83" -> 83; null for links that are no citation. */
export function citedSecond(href: string | undefined): number | null {
  const found = /#t=(\d+(?:\.\d+)?)$/.exec(href ?? "");
  return found ? Number(found[1]) : null;
}

/** FNV-1a, to tell two lines of one second apart. */
function hash(text: string): string {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return (h >>> 0).toString(36);
}

/** The name under which an edit of a generated line is kept: by its second and its text. */
export const editKey = (line: Pick<NoteLine, "kind" | "text" | "start">): string =>
  `line ${line.start.toFixed(2)} ${hash(`${line.kind} ${line.text}`)}`;

/** Edits whose line is no more, after the notes were written anew. */
export function orphans(notes: Notes | undefined, edits: Record<string, string>): [string, string][] {
  const known = new Set((notes?.sections ?? []).flatMap((s) => s.lines.map(editKey)));
  return Object.entries(edits).filter(([key]) => key.startsWith("line ") && !known.has(key));
}

const bold = (text: string) => text.replace(/^([^:*]{2,60}):\s/, "**$1:** ");

function lineMarkdown(line: NoteLine, edits: Record<string, string>): string {
  const text = edits[editKey(line)] ?? line.text;
  const at = `[${formatTime(line.start)}]`;
  if (line.kind === "code") return `\`\`\`\n${text.replace(/^```\w*\n?|\n?```$/g, "")}\n\`\`\`\n${at}\n`;
  if (line.kind === "bullet") return `- ${text} ${at}`;
  if (line.kind === "definition") return `- ${bold(text)} ${at}`;
  return `\n${text} ${at}\n`;
}

/** Everything of a lecture's notes with the student's own words, for the clipboard. */
export function notesMarkdown(
  title: string,
  notes: Notes | undefined,
  edits: Record<string, string>,
  own: string | null,
): string {
  const out = [`# ${title}`, ""];
  for (const section of notes?.sections ?? []) {
    out.push(`## ${section.title} [${formatTime(section.start)}]`, "");
    for (const line of section.lines) out.push(lineMarkdown(line, edits));
    out.push("");
  }
  if (own?.trim()) out.push("## My notes", "", own.trim(), "");
  return `${out
    .join("\n")
    .replace(/\n{3,}/g, "\n\n")
    .trim()}\n`;
}
