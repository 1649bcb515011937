// More lectures for a library that has the sample: copies under other names, and one with
// thousands of segments.
import { execFileSync } from "node:child_process";
import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SCALER } from "./service.mjs";

const read = (path) => JSON.parse(readFileSync(path, "utf8"));
const write = (path, value) => writeFileSync(path, JSON.stringify(value));

export const rescan = (library) => execFileSync(SCALER, ["rescan", "--library", library], { stdio: "ignore" });

/** The folder of the sample lecture. */
export const sampleFolder = (library) =>
  join(library, readdirSync(library).find((name) => name.endsWith("_Binary Search")));

/** A copy of the sample called `title`; `change` gets its metadata. Returns its folder. */
export function copyLecture(library, title, { id, date = "2026-10-01", change = () => {} }) {
  const folder = join(library, `${date}_${title}`);
  cpSync(sampleFolder(library), folder, { recursive: true });
  const meta = read(join(folder, "metadata.json"));
  Object.assign(meta, { id, title, date, identity: null, source: null });
  change(meta, folder);
  write(join(folder, "metadata.json"), meta);
  return folder;
}

/** A transcript of `n` segments, every hundredth doubtful. */
export function longTranscript(folder, n) {
  const words = "we look at the middle of the list and throw one half of it away until the number is found".split(" ");
  const chunks = Array.from({ length: n }, (_, i) => {
    const start = i * 2;
    const said = [`Segment${i}`, ...words.slice(0, 6 + (i % 12))];
    const step = 1.8 / said.length;
    return {
      start,
      end: start + 1.8,
      text: `${said.join(" ")}.`,
      words: said.map((word, k) => ({
        start: start + k * step,
        end: start + (k + 1) * step,
        word: k === said.length - 1 ? `${word}.` : word,
        probability: 0.9,
      })),
      confidence: 0.9,
      suspect: i % 100 === 42 ? ["low_confidence"] : [],
      paragraph: i % 9 === 0,
    };
  });
  write(join(folder, "transcript.json"), {
    text: chunks.map((c) => c.text).join(" "),
    chunks,
    language: "en",
    engine: "sphinx",
    model: "en-us",
    duration: n * 2,
    failed: [],
  });
}
