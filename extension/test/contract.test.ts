/// <reference types="vite/client" />
/** What is posted is what the wire contract names, field for field; what is asked for is the least. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Lecture } from "../src/capture/lecture";
import { backend, downloadRequest } from "../src/shared/backend";

const SOURCES = import.meta.glob<string>("../src/**/*.ts", {
  query: "?raw",
  import: "default",
  eager: true,
});
const MANIFEST = import.meta.glob<string>("../static/manifest.json", {
  query: "?raw",
  import: "default",
  eager: true,
});

const lecture: Lecture = {
  id: "l",
  identities: ["l"],
  title: "Heaps",
  course: "1",
  page: "https://www.scaler.com/class/1/session",
  streamUrl: "https://media.scaler.com/l/master.m3u8",
  baseUrl: "https://media.scaler.com/l/",
  chunk: null,
  auth: { keyPairId: "K", policy: "p", signature: "s" },
  authAt: 1,
  live: false,
  duration: 24,
  tailOnly: false,
  qualities: [],
  height: 0,
  bytes: null,
  refused: false,
  broken: false,
  unreachable: false,
  looked: true,
  last: 1,
};
const wanted = { title: "Heaps", start: null, end: null, quality: "" };

describe("POST /api/download", () => {
  test("a playlist, signed", () => {
    expect(downloadRequest(lecture, wanted)).toStrictEqual({
      title: "Heaps",
      url: "https://www.scaler.com/class/1/session",
      streamInfo: {
        baseUrl: "https://media.scaler.com/l/",
        streamUrl: "https://media.scaler.com/l/master.m3u8",
        keyPairId: "K",
        policy: "p",
        signature: "s",
      },
      startTime: null,
      endTime: null,
    });
  });

  test("numbered chunks alone, a part, another title", () => {
    const chunks = { ...lecture, streamUrl: "", chunk: 12, auth: null };
    expect(downloadRequest(chunks, { ...wanted, title: "  Mine ", start: 90, end: 100.5 })).toStrictEqual({
      title: "Mine",
      url: lecture.page,
      streamInfo: { baseUrl: lecture.baseUrl, detectedChunk: 12 },
      startTime: 90,
      endTime: 100.5,
    });
  });

  test("a rendition that is signed in itself goes with its own signature", () => {
    const quality = "https://media.scaler.com/l/720p.m3u8?v=1&Policy=own&Signature=t&Key-Pair-Id=K2";
    expect(downloadRequest(lecture, { ...wanted, quality }).streamInfo).toStrictEqual({
      baseUrl: lecture.baseUrl,
      streamUrl: "https://media.scaler.com/l/720p.m3u8?v=1",
      keyPairId: "K2",
      policy: "own",
      signature: "t",
    });
  });

  test("a title is never empty", () => {
    expect(downloadRequest(lecture, { ...wanted, title: " " }).title).toBe("Heaps");
  });
});

describe("what goes over the wire", () => {
  const sent: { url: string; method?: string; headers: Record<string, string>; body: unknown }[] = [];

  beforeEach(() => {
    sent.length = 0;
    const stored: Record<string, unknown> = { pairing: { backend: "http://localhost:8000", key: "k" } };
    vi.stubGlobal("chrome", { storage: { local: { get: async (n: string) => ({ [n]: stored[n] }) } } });
    vi.stubGlobal("fetch", async (url: string, init: RequestInit) => {
      const body = typeof init.body === "string" ? JSON.parse(init.body) : undefined;
      sent.push({ url, method: init.method, headers: init.headers as Record<string, string>, body });
      return new Response("{}");
    });
  });
  afterEach(() => vi.unstubAllGlobals());

  test("addresses, methods and bodies of the contract", async () => {
    await backend.health();
    await backend.download(downloadRequest(lecture, wanted));
    await backend.status("a/b");
    await backend.process({ title: "Heaps", videoPath: "/v.mp4" });
    await backend.processStatus("p");
    await backend.check("C++ & more");
    await backend.recordings();
    await backend.queue();
    expect(sent.map((s) => [s.method, s.url.replace("http://localhost:8000", ""), s.body])).toStrictEqual([
      ["GET", "/api/health", undefined],
      ["POST", "/api/download", downloadRequest(lecture, wanted)],
      ["GET", "/api/status/a%2Fb", undefined],
      ["POST", "/api/process", { title: "Heaps", videoPath: "/v.mp4" }],
      ["GET", "/api/process/p", undefined],
      ["GET", "/api/recordings/check?title=C%2B%2B%20%26%20more", undefined],
      ["GET", "/api/recordings", undefined],
      ["GET", "/api/queue", undefined],
    ]);
    for (const { method, headers } of sent)
      expect(headers["Content-Type"]).toBe(method === "POST" ? "application/json" : undefined);
  });

  test("the key goes along, but not to who asks for none, nor to another backend", async () => {
    await backend.recordings();
    await backend.health();
    await backend.pair("12345678", "http://localhost:9999");
    expect(sent.map((s) => s.headers.Authorization)).toEqual(["Bearer k", undefined, undefined]);
  });
});

test("the manifest asks for what is used, and for no more", () => {
  const manifest = JSON.parse(Object.values(MANIFEST)[0] ?? "");
  expect(manifest.manifest_version).toBe(3);
  expect(manifest.host_permissions).toEqual(["https://*.scaler.com/*", "http://localhost/*"]);
  expect(manifest.optional_host_permissions).toEqual(["https://*/*"]);
  expect(manifest.externally_connectable).toEqual({ matches: ["http://localhost/*"] });
  for (const name of ["content_scripts", "web_accessible_resources", "optional_permissions"])
    expect(manifest[name]).toBeUndefined();
  const source = Object.values(SOURCES).join("\n");
  const named = manifest.permissions.filter((p: string) => p !== "activeTab");
  expect([...named].sort()).toEqual(["alarms", "notifications", "scripting", "storage", "webRequest"]);
  for (const permission of named) expect(source).toContain(`chrome.${permission}.`);
  // Nothing is changed or blocked on the way.
  expect(source).not.toMatch(/"blocking"|"asyncBlocking"|declarativeNetRequest|chrome\.cookies/);
});
