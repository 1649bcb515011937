import { describe, expect, test } from "vitest";
import { qualityRank } from "../src/hls/names";
import { attributes, bestFirst, type Master, type Media, parsePlaylist } from "../src/hls/playlist";

const AT = "https://media.scaler.com/l/index.m3u8?Signature=x";

describe("media playlists", () => {
  test("length, end, folders", () => {
    const p = parsePlaylist(
      "#EXTM3U\r\n#EXT-X-TARGETDURATION:16\r\n#EXTINF:16.0,\r\n0.ts\r\n#EXTINF:4,t\r\nhttps://b.scaler.com/z/1.ts\r\n#EXT-X-ENDLIST\r\n",
      AT,
    ) as Media;
    expect(p).toMatchObject({ kind: "media", duration: 20, segments: 2, ended: true, targetDuration: 16 });
    expect(p.folders).toEqual(["https://media.scaler.com/l/", "https://b.scaler.com/z/"]);
  });

  test("live is what has no end, whatever else it says", () => {
    const p = parsePlaylist(
      "#EXTM3U\n#EXT-X-PLAYLIST-TYPE:EVENT\n#EXT-X-MEDIA-SEQUENCE:40\n#EXTINF:2\n1.ts\n",
      AT,
    ) as Media;
    expect(p.ended).toBe(false);
    expect(p.mediaSequence).toBe(40);
  });

  test("byte ranges add up; sound alone is told apart", () => {
    const p = parsePlaylist(
      "#EXTM3U\n#EXTINF:2\n#EXT-X-BYTERANGE:100@0\na.aac\n#EXTINF:2\n#EXT-X-BYTERANGE:50\na.aac\n",
      AT,
    ) as Media;
    expect(p.bytes).toBe(150);
    expect(p.audioOnly).toBe(true);
  });

  test("strange lines change nothing", () => {
    const p = parsePlaylist(
      "\uFEFF#EXTM3U\n#EXTINF:abc\n1.ts\n#EXTINF:2\nhttp://[\n#EXT-X-MEDIA-SEQUENCE:x\nno extinf.ts\n",
      AT,
    ) as Media;
    expect(p).toMatchObject({ duration: 2, segments: 2, mediaSequence: 0 });
  });
});

describe("master playlists", () => {
  const text = `#EXTM3U
#EXT-X-STREAM-INF:BANDWIDTH=300,RESOLUTION=640x360,CODECS="avc1,mp4a",AUDIO="a"
stream_0/i.m3u8
#EXT-X-STREAM-INF:AVERAGE-BANDWIDTH=700,BANDWIDTH=900,RESOLUTION=1280x720,AUDIO="a"
stream_2/i.m3u8?own=1
#EXT-X-STREAM-INF:BANDWIDTH=800

https://media.scaler.com/x.m3u8
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="e, f",URI="audio/i.m3u8"
#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=1,URI="iframes.m3u8"
`;
  const master = parsePlaylist(text, AT) as Master;

  test("variants and what belongs to them", () => {
    expect(master.variants).toHaveLength(3);
    expect(master.variants[1]).toMatchObject({
      url: "https://media.scaler.com/l/stream_2/i.m3u8?own=1",
      bandwidth: 700,
      average: true,
      height: 720,
      separateAudio: true,
    });
    expect(master.variants[2]?.separateAudio).toBe(false);
    expect(master.others).toEqual([
      "https://media.scaler.com/l/audio/i.m3u8",
      "https://media.scaler.com/l/iframes.m3u8",
    ]);
  });

  test("best first", () => {
    expect(bestFirst(master.variants, qualityRank).map((v) => v.height)).toEqual([720, 360, 0]);
    const blank = ["stream_0", "stream_2", "stream_1"].map((n) => ({
      url: `https://a/${n}/i.m3u8`,
      bandwidth: 0,
      average: false,
      height: 0,
      separateAudio: false,
    }));
    expect(bestFirst(blank, qualityRank)[0]?.url).toContain("stream_2");
  });
});

test("what is no playlist", () => {
  for (const t of ["", "<html>", "#EXT", " #EXTM3U"]) expect(parsePlaylist(t, AT)).toBeNull();
});

test("attributes with commas in quotes", () => {
  expect([...attributes('A=1,B="x,y=z",C=d')]).toEqual([
    ["A", "1"],
    ["B", "x,y=z"],
    ["C", "d"],
  ]);
});
