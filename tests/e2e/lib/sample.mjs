// The built-in sample lecture, made once per build folder: its HLS stream, and a library in
// which the real program has downloaded and processed it. Tests copy the library.
import { execFileSync, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { BUILD, SCALER, SOURCE } from "./service.mjs";

const HOME = join(BUILD, "e2e-sample");

/** Runs `make` once, whoever comes first; the others wait. */
async function once(dir, make) {
  mkdirSync(HOME, { recursive: true });
  const lock = `${dir}.lock`;
  for (;;) {
    if (existsSync(dir)) return dir;
    try {
      mkdirSync(lock);
    } catch {
      await sleep(200);
      continue;
    }
    try {
      if (!existsSync(dir)) {
        rmSync(`${dir}.part`, { recursive: true, force: true });
        mkdirSync(`${dir}.part`);
        await make(`${dir}.part`);
        renameSync(`${dir}.part`, dir);
      }
      return dir;
    } finally {
      rmSync(lock, { recursive: true, force: true });
    }
  }
}

/** The folder of the sample's stream: index.m3u8, its key and segments, spoken.txt, slides.tsv. */
export function sampleStream() {
  return once(join(HOME, "sample"), (dir) =>
    execFileSync(join(SOURCE, "packaging/sample/make.sh"), [dir], { stdio: ["ignore", "ignore", "inherit"] }),
  );
}

/** A test CDN over a folder; `args` as of scaler-testcdn (signatures, faults). Ends with close(). */
export async function cdn(root, args = []) {
  const portFile = join(HOME, `cdn-${process.pid}-${Date.now()}`);
  const proc = spawn(join(BUILD, "tests/lib/scaler-testcdn"), ["--root", root, "--port-file", portFile, ...args], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  while (!(existsSync(portFile) && readFileSync(portFile, "utf8").trim())) {
    if (proc.exitCode !== null) throw new Error("the test CDN did not start");
    await sleep(20);
  }
  const port = Number(readFileSync(portFile, "utf8"));
  rmSync(portFile);
  return { port, url: `http://127.0.0.1:${port}`, close: () => proc.kill() };
}

/** Copies the processed sample library to `target`; the lecture is called "Binary Search". */
export async function sampleLibrary(target) {
  const stream = await sampleStream();
  const ready = await once(join(HOME, "library"), async (dir) => {
    const server = await cdn(join(stream, "stream"));
    try {
      execFileSync(SCALER, ["add", `${server.url}/index.m3u8`, "--library", dir, "--title", "Binary Search"], {
        env: { ...process.env, LLM_PROVIDER: "builtin" },
        stdio: ["ignore", "ignore", "inherit"],
      });
    } finally {
      server.close();
    }
  });
  cpSync(ready, target, { recursive: true });
  execFileSync(SCALER, ["rescan", "--library", target], { stdio: "ignore" });
  return target;
}
