// Small HLS streams for the fake site, made once per build folder: test pictures and tones.
//
//   lecture/   24 s, three renditions stream_0 (180p) .. stream_2 (360p), data%06d.ts, master.m3u8
//   fmp4/      12 s, init.mp4 and .m4s, audio in its own rendition, master.m3u8
//   long/      120 s, one rendition, data%06d.ts: a lecture that takes a while to fetch
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { BUILD } from "../service.mjs";

function ffmpeg(args) {
  execFileSync("ffmpeg", ["-nostdin", "-v", "error", "-y", ...args], { stdio: ["ignore", "ignore", "inherit"] });
}

const source = (seconds, size) => [
  "-f", "lavfi", "-i", `testsrc=d=${seconds}:s=${size}:r=10`,
  "-f", "lavfi", "-i", `sine=f=440:d=${seconds}:r=44100`,
];
const video = (rate) => ["-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "ultrafast", "-b:v", rate, "-g", "20"];
const hls = (folder, name) => [
  "-f", "hls", "-hls_time", "2", "-hls_playlist_type", "vod",
  "-hls_segment_filename", join(folder, name), join(folder, "index.m3u8"),
];

function renditions(dir) {
  const sizes = ["320x180", "480x270", "640x360"];
  let master = "#EXTM3U\n#EXT-X-VERSION:3\n";
  sizes.forEach((size, n) => {
    const folder = join(dir, `stream_${n}`);
    mkdirSync(folder, { recursive: true });
    ffmpeg([...source(24, size), ...video(`${80 * (n + 1)}k`), "-c:a", "aac", "-b:a", "32k", ...hls(folder, "data%06d.ts")]);
    master += `#EXT-X-STREAM-INF:BANDWIDTH=${150000 * (n + 1)},RESOLUTION=${size},CODECS="avc1.42c015,mp4a.40.2"\nstream_${n}/index.m3u8\n`;
  });
  writeFileSync(join(dir, "master.m3u8"), master);
}

function fragmented(dir) {
  const v = join(dir, "video"), a = join(dir, "audio");
  mkdirSync(v, { recursive: true });
  mkdirSync(a, { recursive: true });
  const fmp4 = ["-hls_segment_type", "fmp4"];
  ffmpeg([...source(12, "320x180"), ...video("90k"), "-map", "0:v", ...fmp4, ...hls(v, "seg-%d.m4s")]);
  ffmpeg([...source(12, "320x180"), "-map", "1:a", "-c:a", "aac", "-b:a", "32k", ...fmp4, ...hls(a, "seg-%d.m4s")]);
  writeFileSync(
    join(dir, "master.m3u8"),
    '#EXTM3U\n#EXT-X-VERSION:6\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="en",DEFAULT=YES,AUTOSELECT=YES,URI="audio/index.m3u8"\n' +
      '#EXT-X-STREAM-INF:BANDWIDTH=200000,RESOLUTION=320x180,CODECS="avc1.42c015,mp4a.40.2",AUDIO="a"\nvideo/index.m3u8\n',
  );
}

function long(dir) {
  const folder = join(dir, "stream_1");
  mkdirSync(folder, { recursive: true });
  ffmpeg([...source(120, "320x180"), ...video("60k"), "-c:a", "aac", "-b:a", "32k", ...hls(folder, "data%06d.ts")]);
}

/** The folder with all of them. */
export async function media() {
  const home = join(BUILD, "e2e-sample"), dir = join(home, "site"), lock = `${dir}.lock`;
  mkdirSync(home, { recursive: true });
  for (;;) {
    if (existsSync(dir)) return dir;
    try {
      mkdirSync(lock);
    } catch {
      await sleep(100);
      continue;
    }
    try {
      if (existsSync(dir)) return dir;
      const part = `${dir}.part`;
      rmSync(part, { recursive: true, force: true });
      renditions(join(part, "lecture"));
      fragmented(join(part, "fmp4"));
      long(join(part, "long"));
      renameSync(part, dir);
      return dir;
    } finally {
      rmSync(lock, { recursive: true, force: true });
    }
  }
}
