import { describe, expect, it } from "vitest";
import { speakerBegins, speakerName, speakersOf } from "./speakers";

const say = (start: number, end: number, speaker?: string | null) => ({ start, end, text: "x", speaker });

describe("speakers", () => {
  it("are listed by how long they speak", () => {
    const list = speakersOf([say(0, 1, "B"), say(1, 9, "A"), say(9, 11, "B"), say(11, 12)]);
    expect(list).toEqual([
      { id: "A", seconds: 8 },
      { id: "B", seconds: 3 },
    ]);
    expect(speakersOf([say(0, 1), say(1, 2, null)])).toEqual([]);
  });
  it("are named where they change", () => {
    const list = [say(0, 1, "A"), say(1, 2, "A"), say(2, 3), say(3, 4, "A"), say(4, 5, "B")];
    expect(list.map((_, i) => speakerBegins(list, i))).toEqual([true, false, false, true, true]);
  });
  it("have the student's name, else a number, else the engine's", () => {
    const n = (i: number) => `Speaker ${i}`;
    expect(speakerName("SPEAKER_00", {}, n)).toBe("Speaker 1");
    expect(speakerName("SPEAKER_00", { "speaker:SPEAKER_00": " Prof. Rao " }, n)).toBe("Prof. Rao");
    expect(speakerName("Dr Iyer", { "speaker:Dr Iyer": " " }, n)).toBe("Dr Iyer");
  });
});
