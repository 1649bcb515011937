import { expect, test } from "vitest";
import {
  family,
  folderOf,
  heightInName,
  isPlaylistType,
  isSideTrack,
  kindOf,
  lectureFolder,
  numberedChunk,
  qualityRank,
} from "../src/hls/names";

test("playlists and segments by their names", () => {
  for (const url of [
    "https://a/i.m3u8",
    "https://a/i.M3U8?x=.ts",
    "http://a/i.m3u#x",
    "https://a/i.m3u8;jsessionid=1?x",
    "https://a/i.m3u8/",
  ])
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

test("renditions by other names", () => {
  const rising = [
    ["l/240/i.m3u8", "l/720/i.m3u8", "l/1080/i.m3u8"],
    ["l/low/i.m3u8", "l/sd/i.m3u8", "l/hd/i.m3u8"],
    ["l/video_360.m3u8", "l/video_720.m3u8"],
    ["l/640x360/i.m3u8", "l/1920x1080/i.m3u8"],
    ["l/800k/i.m3u8", "l/2500k/i.m3u8"],
    ["l/chunklist_b400000.m3u8", "l/chunklist_b900000.m3u8"],
    ["playlist?id=7&quality=360p", "playlist?id=7&quality=1080p"],
    ["playlist?level=0&id=7", "playlist?level=3&id=7"],
  ];
  for (const names of rising) {
    const urls = names.map((n) => `https://a/${n}`);
    expect(new Set(urls.map(family)).size, names.join()).toBe(1);
    const ranks = urls.map(qualityRank);
    expect(ranks).toEqual([...ranks].sort((a, b) => a - b));
    expect(new Set(ranks).size).toBe(urls.length);
  }
});

test("lectures are no renditions of each other", () => {
  for (const [a, b] of [
    ["l/101/i.m3u8", "l/102/i.m3u8"],
    ["low-level-design/i.m3u8", "high-level-design/i.m3u8"],
    ["playlist?id=1", "playlist?id=2"],
    ["app1/i.m3u8", "app2/i.m3u8"],
    ["video1.m3u8", "video2.m3u8"],
  ])
    expect(family(`https://a/${a}`), a).not.toBe(family(`https://a/${b}`));
  expect(heightInName("https://a/l/101/stream_2/i.m3u8")).toBe(0);
  expect(heightInName("https://a/p?id=5&quality=720")).toBe(720);
  expect(lectureFolder("https://a/l/stream_1/i.m3u8")).toBe("a/l/");
  expect(lectureFolder("https://a/l/i.m3u8?Expires=1")).toBe("a/l/");
  expect(lectureFolder("https://a/playlist?id=1&level=2")).toBe("a/?id=1");
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
