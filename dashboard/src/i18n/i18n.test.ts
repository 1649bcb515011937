import { describe, expect, it } from "vitest";
import { translate } from ".";
import { en } from "./en";
import { hi } from "./hi";

const names = (m: unknown): string[] =>
  [...JSON.stringify(m).matchAll(/\{(\w+)\}/g)].map((x) => x[1] as string);

describe("strings", () => {
  it("fills in and counts", () => {
    const dictionary = { ...en, "common.eta": { one: "{n} lecture", other: "{n} lectures" } };
    expect(translate(dictionary, "en", "common.eta", { n: 1 })).toBe("1 lecture");
    expect(translate(dictionary, "en", "common.eta", { n: 4 })).toBe("4 lectures");
  });
  it("has the same placeholders in Hindi", () => {
    for (const key of Object.keys(en) as (keyof typeof en)[])
      expect([...new Set(names(hi[key]))].sort(), key).toEqual([...new Set(names(en[key]))].sort());
  });
  it("has no Hindi text that is still English", () => {
    for (const key of Object.keys(en) as (keyof typeof en)[])
      expect(
        /[\u0900-\u097f]/.test(JSON.stringify(hi[key])) || !/[a-z]{4}/i.test(JSON.stringify(en[key])),
        key,
      ).toBe(true);
  });
});
