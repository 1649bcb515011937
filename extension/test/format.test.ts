import { expect, test } from "vitest";
import { clock, parseRange, parseTime, size } from "../src/shared/format";
import { backendAddress } from "../src/shared/settings";

test("times", () => {
  expect([0, 59.6, 61, 3661, -1].map(clock)).toEqual(["0:00", "1:00", "1:01", "1:01:01", "0:00"]);
  expect(["90", "1:30", "1:02:03", "0:00", "1:00,5"].map(parseTime)).toEqual([90, 90, 3723, 0, 60.5]);
  expect(parseTime("  ")).toBeUndefined();
  for (const t of ["x", "1:60", "1:2:3:4", "-1", "1.5:00", ":30", "1:"]) expect(parseTime(t)).toBeNull();
});

test("a part of a lecture", () => {
  expect(parseRange("", "", 100)).toEqual({ start: null, end: null, error: null });
  expect(parseRange("0:10", "1:30", 100)).toEqual({ start: 10, end: 90, error: null });
  expect(parseRange("0", "", 100).start).toBeNull();
  expect(parseRange("x", "", 100).error).toBe("from");
  expect(parseRange("", "x", 100).error).toBe("to");
  expect(parseRange("50", "50", 100).error).toBe("order");
  expect(parseRange("100", "", 100).error).toBe("beyond");
  expect(parseRange("", "2:00", 100).error).toBe("beyond");
  expect(parseRange("9:00", "10:00", null)).toEqual({ start: 540, end: 600, error: null });
});

test("sizes", () => {
  expect([10, 1500, 2.5e6, 3.25e9].map(size)).toEqual(["1 kB", "2 kB", "3 MB", "3.3 GB"]);
});

test("the backend's address", () => {
  expect(backendAddress("127.0.0.1:9000")).toBe("http://localhost:9000");
  expect(backendAddress(" http://localhost:8000/ ")).toBe("http://localhost:8000");
  expect(backendAddress("https://nas.example")).toBe("https://nas.example");
  for (const t of [
    "http://nas.local:8000",
    "ftp://localhost",
    "http://u:p@localhost",
    "http://localhost/x",
    "",
    "http://",
  ])
    expect(backendAddress(t)).toBeNull();
});
