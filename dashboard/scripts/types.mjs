// Writes src/api/types.ts from the service's OpenAPI document.
//
//   node scripts/types.mjs URL-OR-FILE            writes it
//   node scripts/types.mjs --check URL-OR-FILE    exit 1 when it is not what would be written
import { readFile, writeFile } from "node:fs/promises";
import openapiTS, { astToString } from "openapi-typescript";

const check = process.argv.includes("--check");
const source = process.argv.slice(2).find((a) => a !== "--check") ?? "http://localhost:8000/openapi.json";
const target = new URL("../src/api/types.ts", import.meta.url);
const text = source.startsWith("http") ? await (await fetch(source)).text() : await readFile(source, "utf8");
const made = `// Made by scripts/types.mjs from the service's OpenAPI document. Do not edit.\n${astToString(
  await openapiTS(JSON.parse(text)),
)}`;
if (!check) {
  await writeFile(target, made);
} else if ((await readFile(target, "utf8")) !== made) {
  console.error("src/api/types.ts is not what the service describes: run make dashboard-types");
  process.exit(1);
}
