import { describe, expect, it } from "vitest";
import type { Card } from "../../api/model";
import { ankiText } from "./anki";

const card = (more: Partial<Card>): Card => ({
  id: "c1",
  kind: "question",
  front: "Why?",
  back: "So.",
  start: 65.4,
  end: 70,
  ...more,
});

describe("anki", () => {
  it("writes a line per card that names lecture and second, with an id that stays", () => {
    const text = ankiText("Graphs: 3", "graphs-3", [card({}), card({ id: "c2" })], "http://localhost:8000");
    const lines = text.trimEnd().split("\n");
    expect(lines.slice(0, 6)).toEqual([
      "#separator:tab",
      "#html:true",
      "#guid column:1",
      "#tags column:4",
      "#notetype:Basic",
      "#deck:Scaler::Graphs: 3",
    ]);
    expect(lines.length).toBe(8);
    const [guid, front, back, tags] = (lines[6] ?? "").split("\t");
    expect([guid, front, tags]).toEqual(["scaler-graphs-3-c1", "Why?", "scaler question"]);
    expect(back).toContain("/lecture/graphs-3?t=65");
    expect(back).toContain("1:05");
  });
  it("keeps what would be markup, a column or a line as text", () => {
    const line =
      ankiText("T", "t", [card({ front: 'if (a < b)\n\t"x" & y' })], "http://h").split("\n")[6] ?? "";
    expect(line.split("\t")[1]).toBe('"if (a &lt; b)<br> ""x"" &amp; y"');
    expect(line.split("\t").length).toBe(4);
  });
});
