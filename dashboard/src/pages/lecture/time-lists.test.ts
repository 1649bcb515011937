import { describe, expect, it } from "vitest";
import { findIn, gapsOf, indexAt, skipTo, wordAt, wordOffsets } from "./time-lists";

const list = [
  { start: 0, end: 2, text: "Binary search" },
  { start: 2, end: 4, text: "halves the list, the sorted list" },
  { start: 9, end: 10, text: "Done" },
];

describe("time lists", () => {
  it("finds what is spoken", () => {
    expect([-1, 0, 1.9, 2, 8, 9, 99].map((t) => indexAt(list, t))).toEqual([-1, 0, 0, 1, 1, 2, 2]);
  });
  it("finds the word, and none in a pause", () => {
    const words = [
      { start: 0, end: 0.5 },
      { start: 1, end: 1.4 },
    ];
    expect([0.2, 0.9, 1.2, 2].map((t) => wordAt(words, t))).toEqual([0, -1, 1, -1]);
    expect(wordAt(undefined, 1)).toBe(-1);
  });
  it("skips long silences only, and never the words around them", () => {
    const gaps = gapsOf(list, 30);
    expect(gaps).toEqual([
      { start: 4, end: 9 },
      { start: 10, end: 30 },
    ]);
    expect(skipTo(gaps, 5)).toBe(8.7);
    expect(skipTo(gaps, 4.1)).toBeNull();
    expect(skipTo(gaps, 8.9)).toBeNull();
    expect(skipTo(gaps, 1)).toBeNull();
  });
  it("finds text, several times in a segment", () => {
    expect(findIn(list, "LIST")).toEqual([
      { segment: 1, from: 11, to: 15 },
      { segment: 1, from: 28, to: 32 },
    ]);
    expect(findIn(list, "  ")).toEqual([]);
  });
  it("knows where words stand, also when one is not in the text", () => {
    expect(
      wordOffsets("In order, in order.", [
        { word: "In" },
        { word: " order," },
        { word: "nope" },
        { word: "in" },
      ]),
    ).toEqual([
      [0, 2],
      [3, 9],
      [9, 9],
      [10, 12],
    ]);
  });
});
