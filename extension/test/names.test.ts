import { expect, test } from "vitest";
import {
  family,
  folderOf,
  isPlaylistType,
  isSideTrack,
  kindOf,
  numberedChunk,
  qualityRank,
} from "../src/hls/names";

test("playlists and segments by their names", () => {
  for (const url of ["https://a/i.m3u8", "https://a/i.M3U8?x=.ts", "http://a/i.m3u#x"])
    expect(kindOf(url)).toBe("playlist");
  for (const url of ["https://a/1.ts", "https://a/1.m4s?i.m3u8", "https://a/1.aac", "https://a/v.cmfv"])
    expect(kindOf(url)).toBe("segment");
  for (const url of [
    "https://a/i.m3u8/x",
    "https://a/app.js?f=i.m3u8",
    "https://a/",
    "blob:https://a/1.ts",
    "data:,.ts",
    "https://a/x.tsx",
  ])
    expect(kindOf(url)).toBeNull();
});

test("playlists by their type", () => {
  for (const t of ["application/vnd.apple.mpegurl", "Application/X-mpegURL; charset=utf-8", "audio/mpegurl"])
    expect(isPlaylistType(t)).toBe(true);
  for (const t of ["video/mp2t", "text/html", "", "application/json"]) expect(isPlaylistType(t)).toBe(false);
});

test("numbers of chunks whose naming the backend knows", () => {
  expect(numberedChunk("https://a/x/data000012.ts?q")).toBe(12);
  expect(numberedChunk("https://a/x/000007.ts")).toBe(7);
  expect(numberedChunk("https://a/x/data7.ts")).toBe(7);
  for (const name of ["seg-7.ts", "data000012.m4s", "7.ts", "0000007.ts", "data.ts"])
    expect(numberedChunk(`https://a/x/${name}`)).toBeNull();
});

test("quality and family", () => {
  expect(qualityRank("https://a/l/stream_10/i.m3u8")).toBe(10);
  expect(qualityRank("https://a/l/720p/i.m3u8")).toBe(720);
  expect(qualityRank("https://a/l/hls_1080p.m3u8")).toBe(1080);
  expect(qualityRank("https://a/upstream_2x/i.m3u8")).toBe(-1);
  expect(family("https://a/l/stream_1/i.m3u8?q")).toBe(family("https://a/l/stream_22/i.m3u8"));
  expect(family("https://a/l/stream_1/i.m3u8")).not.toBe(family("https://a/m/stream_1/i.m3u8"));
  expect(family("https://a/l/hls_720p.m3u8")).toBe(family("https://a/l/hls_1080p.m3u8"));
});

test("tracks without pictures", () => {
  for (const p of ["audio/i.m3u8", "x_audio_en.m3u8", "subs/en.m3u8", "iframes.m3u8"])
    expect(isSideTrack(`https://a/l/${p}`)).toBe(true);
  for (const p of ["video/i.m3u8", "auditorium/i.m3u8", "subject/i.m3u8"])
    expect(isSideTrack(`https://a/l/${p}`)).toBe(false);
});

test("folders", () => {
  expect(folderOf("https://a/x/y/1.ts?q=/z/#/w")).toBe("https://a/x/y/");
});
