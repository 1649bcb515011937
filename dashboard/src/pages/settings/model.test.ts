import { describe, expect, it } from "vitest";
import { chapters, choices, decidedBy, range, type Setting, wrong } from "./model";

const setting = (more: Partial<Setting>): Setting => ({
  name: "LLM_PROVIDER",
  value: "auto",
  source: "default",
  allowed: null,
  default: "auto",
  meaning: "",
  type: "text",
  fixed: false,
  ...more,
});

describe("settings", () => {
  it("shows every setting once, also those it does not know yet", () => {
    const names = ["LLM_PROVIDER", "SCALER_NEW_THING", "SCALER_RETENTION_DAYS", "LOG_LEVEL"];
    const list = chapters(names.map((name) => setting({ name })));
    expect(list.flatMap((c) => c.settings.map((s) => s.name)).sort()).toEqual([...names].sort());
    expect(list.find((c) => c.id === "retention")?.settings.map((s) => s.name)).toEqual([
      "SCALER_RETENTION_DAYS",
    ]);
    expect(list.find((c) => c.id === "more")?.settings.map((s) => s.name)).toEqual([
      "LOG_LEVEL",
      "SCALER_NEW_THING",
    ]);
  });
  it("can be changed unless the environment or the start decides", () => {
    expect(
      ["default", "saved", "environment", ".env", "option"].map((source) => decidedBy(setting({ source }))),
    ).toEqual([null, null, "environment", ".env", "option"]);
    expect(decidedBy(setting({ fixed: true }))).toBe("start");
  });
  it("reads what is allowed", () => {
    expect(choices(setting({ type: "choice", allowed: "a|b" }))).toEqual(["a", "b"]);
    expect(range(setting({ type: "number", allowed: "1..16" }))).toEqual({ min: 1, max: 16 });
    expect(range(setting({ type: "text", allowed: "1..16" }))).toEqual({});
  });
  it("names what is wrong before the service is asked", () => {
    const n = setting({ type: "number", allowed: "1..16" });
    expect(["", "x", "1.5", "0", "17", "16"].map((v) => wrong(n, v))).toEqual([
      "number",
      "number",
      "number",
      "range",
      "range",
      null,
    ]);
    expect(wrong(setting({ type: "url" }), "two words")).toBe("url");
    expect(wrong(setting({ type: "url" }), "localhost:11434")).toBeNull();
  });
});
