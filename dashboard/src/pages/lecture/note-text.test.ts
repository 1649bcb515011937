import { describe, expect, it } from "vitest";
import type { Notes } from "../../api/model";
import { citedSecond, editKey, notesMarkdown, orphans } from "./note-text";

const line = (text: string, kind = "bullet", start = 65) => ({
  kind,
  text,
  start,
  end: start + 5,
  supported: true,
});
const notes = {
  sections: [
    {
      title: "Search",
      start: 60,
      end: 90,
      lines: [line("Needs order"), line("O(log n): few steps", "definition"), line("x = 1", "code", 70)],
    },
  ],
} as unknown as Notes;

describe("notes as text", () => {
  it("knows citations from links", () => {
    expect(citedSecond("../videos/A/full_video.mp4#t=83")).toBe(83);
    expect(citedSecond("https://example.org/#top")).toBeNull();
    expect(citedSecond(undefined)).toBeNull();
  });
  it("writes Markdown with the student's edits in place", () => {
    const edits = { [editKey(line("Needs order"))]: "Needs a **sorted** list" };
    expect(notesMarkdown("L", notes, edits, "ask about k")).toBe(
      "# L\n\n## Search [1:00]\n\n- Needs a **sorted** list [1:05]\n- **O(log n):** few steps [1:05]\n```\nx = 1\n```\n[1:10]\n\n## My notes\n\nask about k\n",
    );
  });
  it("keeps edits apart by second and text, and finds those whose line is gone", () => {
    expect(editKey(line("a"))).not.toBe(editKey(line("b")));
    expect(editKey(line("a"))).not.toBe(editKey(line("a", "bullet", 66)));
    expect(
      orphans(notes, { [editKey(line("Needs order"))]: "x", "line 1.00 gone": "kept", other: "y" }),
    ).toEqual([["line 1.00 gone", "kept"]]);
  });
});
