import { describe, expect, it } from "vitest";
import { pieces } from "./highlight";

describe("highlight", () => {
  it("marks what was found", () => {
    expect(pieces("a <mark>queue</mark> of b")).toEqual([
      { text: "a ", found: false },
      { text: "queue", found: true },
      { text: " of b", found: false },
    ]);
  });
  it("shows markup of the lecture as the text it is", () => {
    expect(pieces("&lt;b>x&lt;/b> &amp;lt; <mark>C++</mark>")).toEqual([
      { text: "<b>x</b> &lt; ", found: false },
      { text: "C++", found: true },
    ]);
  });
});
