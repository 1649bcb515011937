// Builds the extension into dist/ (loadable unpacked); with --zip also a ZIP for the store,
// byte for byte the same from the same sources.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { writeZip } from "./zip.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const option = (name) => {
  const at = process.argv.indexOf(name);
  return at > 0 ? process.argv[at + 1] : undefined;
};
const dist = option("--out") ?? join(here, "dist");
const [, version] = /version: '(\d+\.\d+\.\d+)'/.exec(readFileSync(join(here, "../meson.build"), "utf8"));

rmSync(dist, { recursive: true, force: true });
mkdirSync(join(dist, "icons"), { recursive: true });
cpSync(join(here, "static"), dist, { recursive: true });

const manifest = { ...JSON.parse(readFileSync(join(here, "static/manifest.json"), "utf8")), version };
const write = (m, file) => writeFileSync(file, `${JSON.stringify(m, null, 2)}\n`);
// The key gives an unpacked copy the same id on every machine; the store has its own.
write(
  { ...manifest, key: readFileSync(join(here, "id.key.txt"), "utf8").trim() },
  join(dist, "manifest.json"),
);

for (const size of [16, 32, 48, 128])
  execFileSync("rsvg-convert", [
    "-w",
    size,
    "-h",
    size,
    join(here, size < 48 ? "icons/small.svg" : "icons/icon.svg"),
    "-o",
    join(dist, `icons/${size}.png`),
  ]);

await build({
  entryPoints: {
    worker: join(here, "src/worker/main.ts"),
    popup: join(here, "src/popup/main.ts"),
    options: join(here, "src/options/main.ts"),
  },
  outdir: dist,
  absWorkingDir: here,
  bundle: true,
  format: "esm",
  target: "chrome120",
  charset: "utf8",
  legalComments: "none",
  logLevel: "warning",
});

if (process.argv.includes("--zip")) {
  const file = join(option("--zip-dir") ?? here, `scaler-companion-v${version}.zip`);
  writeZip(file, dist, { "manifest.json": `${JSON.stringify(manifest, null, 2)}\n` });
  console.log(file);
}
