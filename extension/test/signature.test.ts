import { describe, expect, test } from "vitest";
import {
  addSignature,
  cookieSignature,
  covers,
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

  test("hold a plus sign that is no space", () => {
    const url = "https://m.scaler.com/i.m3u8?Policy=a+b/c=&Signature=s+/=&Key-Pair-Id=K";
    expect(splitSignature(url).auth).toEqual({ policy: "a+b/c=", signature: "s+/=", keyPairId: "K" });
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
  const google = "X-Goog-Date=1&X-Goog-Signature=2&GoogleAccessId=3";
  expect(a).toBe(streamIdentity(`https://media.scaler.com/a/i.m3u8?v=2&${google}`));
  expect(a).not.toBe(streamIdentity("https://media.scaler.com/a/i.m3u8?v=3"));
});

test("what signs in a path or goes against caches is no part of a stream", () => {
  const plain = "https://cdn.example/l/7/i.m3u8";
  for (const url of [
    `${plain}?_=12345&_HLS_msn=7`,
    `${plain}?access_token=x`,
    "https://cdn.example/exp=170~hmac=ab/l/7/i.m3u8",
    "https://cdn.example/bcdn_token=x&expires=7/l/7/i.m3u8",
  ])
    expect(streamIdentity(url)).toBe(streamIdentity(plain));
  expect(streamIdentity("https://cdn.example/playlist?id=1")).not.toBe(
    streamIdentity("https://cdn.example/playlist?id=2"),
  );
});

test("what a policy is for", () => {
  const auth = (resource: string) => ({
    ...AUTH,
    policy: btoa(`{"Statement":[{"Resource":"${resource}"}]}`).replace(/=/g, "_"),
  });
  const url = "https://media.scaler.com/l/i.m3u8?v=1";
  for (const r of [
    "*",
    "https://media.scaler.com/*",
    "http*://*/l/*",
    url,
    "https://media.scaler.com/l/i.m3u8?*",
  ])
    expect(covers(auth(r), url), r).toBe(true);
  for (const r of [
    "https://media.scaler.com/m/*",
    "https://media.scaler.com/l/data000001.ts",
    "https://m.scaler.com/*",
  ])
    expect(covers(auth(r), url), r).toBe(false);
  expect(covers({ ...AUTH, policy: "no policy" }, url)).toBe(true);
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
  expect(pageAddress("https://www.scaler.com/app#/class/7?tab=a&token=x")).toBe(
    "https://www.scaler.com/app#/class/7?tab=a",
  );
  expect(pageAddress("no address")).toBe("");
});
