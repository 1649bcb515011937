import { describe, expect, test } from "vitest";
import {
  addSignature,
  cookieSignature,
  isExpired,
  pageAddress,
  policyEnd,
  splitSignature,
  streamIdentity,
} from "../src/hls/signature";

const QUERY = "Policy=p-_~&Signature=s%2Bx&Key-Pair-Id=K1";
const AUTH = { keyPairId: "K1", policy: "p-_~", signature: "s+x" };

describe("signatures in addresses", () => {
  test("are taken out, the rest of the query stays byte by byte", () => {
    const got = splitSignature(`https://media.scaler.com/a/i.m3u8?v=1%20a&${QUERY}&empty=#t=3`);
    expect(got.auth).toEqual(AUTH);
    expect(got.url).toBe("https://media.scaler.com/a/i.m3u8?v=1%20a&empty=");
  });

  test("of another kind stay where they are", () => {
    for (const q of ["Signature=a&Expires=5", "token=abc", "Key-Pair-Id=K&Signature=s&Expires=9"]) {
      const url = `https://cdn.example/i.m3u8?${q}`;
      expect(splitSignature(url)).toEqual({ url, auth: null });
    }
  });

  test("come back to where they were", () => {
    const bare = splitSignature(`https://m.scaler.com/i.m3u8?${QUERY}`).url;
    expect(splitSignature(addSignature(bare, AUTH)).auth).toEqual(AUTH);
    expect(addSignature(`${bare}?Signature=own`, AUTH)).toBe(`${bare}?Signature=own`);
    expect(addSignature(bare, null)).toBe(bare);
  });
});

describe("signatures in cookies", () => {
  test("need all three", () => {
    const header = "a=b; CloudFront-Policy=p-_~; CloudFront-Signature=s+x; CloudFront-Key-Pair-Id=K1; c=d";
    expect(cookieSignature(header)).toEqual(AUTH);
    expect(cookieSignature("CloudFront-Policy=p; CloudFront-Signature=s")).toBeNull();
    expect(cookieSignature("")).toBeNull();
  });

  test("the first of a name is that of the longer path", () => {
    const header =
      "CloudFront-Policy=near; CloudFront-Signature=s; CloudFront-Key-Pair-Id=K; CloudFront-Policy=far";
    expect(cookieSignature(header)?.policy).toBe("near");
  });

  test("values may hold equal signs", () => {
    const header = "CloudFront-Policy=a==; CloudFront-Signature=b=; CloudFront-Key-Pair-Id=K";
    expect(cookieSignature(header)).toEqual({ policy: "a==", signature: "b=", keyPairId: "K" });
  });
});

test("a stream is the same whoever may fetch it", () => {
  const a = streamIdentity(`https://media.scaler.com/a/i.m3u8?v=2&${QUERY}`);
  expect(a).toBe(streamIdentity("https://media.scaler.com/a/i.m3u8?v=2&Expires=7&hdnts=x"));
  expect(a).not.toBe(streamIdentity("https://media.scaler.com/a/i.m3u8?v=3"));
});

test("the end of a policy", () => {
  const policy = (json: string) => btoa(json).replace(/\+/g, "-").replace(/=/g, "_").replace(/\//g, "~");
  const p = policy(
    '{"Statement":[{"Resource":"https://x/*?ÿþ","Condition":{"DateLessThan":{"AWS:EpochTime":1700000000}}}]}',
  );
  expect(policyEnd(p)).toBe(1700000000);
  expect(policyEnd("%%%")).toBeNull();
  expect(policyEnd(policy("{}"))).toBeNull();
  expect(isExpired({ ...AUTH, policy: p }, 1700000000)).toBe(true);
  expect(isExpired({ ...AUTH, policy: p }, 1699999999)).toBe(false);
  expect(isExpired(null, 1)).toBe(false);
});

test("a page's address is kept without secrets", () => {
  expect(pageAddress("https://u:p@www.scaler.com/class/7?joinSession=1&authToken=x&X-Key=y#a")).toBe(
    "https://www.scaler.com/class/7?joinSession=1",
  );
  expect(pageAddress("no address")).toBe("");
});
