// The service's closed sets of words and the Hindi for them must stay together: what a
// student may read is found in the C sources, so that a new sentence fails here.
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { en } from "./en";
import { codes, sentences } from "./hi/server";
import { plainly, speaker } from "./said";

const src = resolve(import.meta.dirname, "../../../src");
const read = (name: string) => readFileSync(join(src, name), "utf8");
const literal = String.raw`((?:"(?:[^"\\]|\\.)*"\s*)+)`;

function joined(literals: string): string {
  let n = 0;
  return [...literals.matchAll(/"((?:[^"\\]|\\.)*)"/g)]
    .map((m) => m[1])
    .join("")
    .replace(/\\(.)/g, "$1")
    .replace(/%%|%[-0-9.*]*(?:ll|l|z|h)?[sdiufgxc]/g, (m) => (m === "%%" ? "%" : `{${++n}}`));
}

/** Hints and marked words; the commands' own words are not shown here. */
function sentencesInC(): Map<string, string> {
  const shown = new Set(["cli/cmd_doctor.c", "cli/cmd_work.c", "cli/job.c"]);
  const found = new Map<string, string>();
  const like = new RegExp(String.raw`(?:sc_error_hint\(\s*[^,;]+,|SC_SAID\()\s*${literal}`, "g");
  for (const name of readdirSync(src, { recursive: true, encoding: "utf8" }).sort())
    if (name.endsWith(".c") && (!name.startsWith("cli/") || shown.has(name)))
      for (const m of read(name).matchAll(like)) {
        const text = joined(m[1] as string);
        if (text !== "{1}") found.set(text, name);
      }
  return found;
}

const slugs = [...read("base/error.h").matchAll(/^\s+X\([A-Z_]+, "(\w+)", \d+/gm)].map((m) => m[1] as string);
const hindi = (text: string) => /[\u0900-\u097f]/.test(text);

describe("what the service says", () => {
  const inC = sentencesInC();
  it("is found in its sources", () => {
    expect(inC.size).toBeGreaterThan(150);
    expect(slugs.length).toBeGreaterThan(20);
    for (const name of ["speech/models.c", "cli/cmd_doctor.c", "notes/notes.c", "library/cleanup.c"])
      expect([...inC.values()]).toContain(name);
  });
  it("has Hindi for each sentence", () => {
    expect([...inC.keys()].filter((text) => !hindi(sentences[text] ?? ""))).toEqual([]);
  });
  it("has no Hindi for what is not said any more", () => {
    expect(Object.keys(sentences).filter((text) => !inC.has(text))).toEqual([]);
  });
  it("fills in what the sentence fills in", () => {
    const parts = (text: string) => [...text.matchAll(/(?<!\{)\{\d\}(?!\})/g)].map((m) => m[0]).sort();
    for (const [text, other] of Object.entries(sentences)) expect(parts(other), text).toEqual(parts(text));
  });
  it("has Hindi for each code of an error", () => {
    expect(Object.keys(codes).sort()).toEqual([...slugs].sort());
    for (const [code, { what }] of Object.entries(codes)) expect(hindi(what), code).toBe(true);
  });
  it("has words for each setting", () => {
    const table = read("base/config.h");
    const names = [...table.matchAll(/^\s+X\([A-Z_]+, "(\w+)"/gm)].map((m) => m[1] as string);
    expect(names.length).toBeGreaterThan(30);
    for (const name of names)
      for (const kind of ["v", "h"]) expect(Object.keys(en), name).toContain(`settings.${kind}.${name}`);
  });
  it("has words for each stage", () => {
    const names = [...read("pipeline/stages.c").matchAll(/\[SC_STAGE_\w+\] = \{"(\w+)"/g)].map((m) => m[1]);
    expect(names.length).toBe(6);
    for (const name of names) expect(Object.keys(en)).toContain(`queue.stage.${name}`);
  });
});

describe("said in Hindi", () => {
  const { said, explain } = speaker({ codes, sentences });
  it("finds a sentence, with what is filled in", () => {
    expect(said("fast, any language")).toBe("तेज़, कोई भी भाषा");
    expect(said("Run: ollama pull llama3.1:8b")).toBe("चलाएँ: ollama pull llama3.1:8b");
    expect(said("7.7 GB, 3.2 GB available")).toBe("7.7 GB, 3.2 GB उपलब्ध");
  });
  it("finds several in a row", () => {
    const text =
      "Ollama does not answer at http://localhost:11434. Start it with: ollama serve. Its address is OLLAMA_HOST.";
    expect(said(text)).toBe(
      "http://localhost:11434 पर Ollama जवाब नहीं दे रहा। चालू करें: ollama serve। उसका पता OLLAMA_HOST में है।",
    );
    expect(hindi(said(`These notes were written without a language model. ${text}`))).toBe(true);
  });
  it("leaves what it does not know", () => {
    expect(said("something else")).toBe("something else");
    expect(said("constructor")).toBe("constructor");
  });
  it("explains a failure by its code, with the service's words as the detail", () => {
    const failure = { detail: "the disk spoke Latin", code: "io", hint: "Ask it again." };
    expect(explain(failure)).toEqual({
      what: codes.io?.what,
      todo: codes.io?.todo,
      detail: "the disk spoke Latin",
    });
    expect(explain({ detail: 'could not download "A": the server refused segment 7 (HTTP 403)' }).what).toBe(
      "सर्वर ने segment 7 से मना किया (HTTP 403)",
    );
    expect(explain({ detail: "?", code: "unheard", hint: "!" })).toEqual({
      what: "?",
      todo: "!",
      detail: "",
    });
    expect(plainly.explain(failure)).toEqual({ what: failure.detail, todo: failure.hint, detail: "" });
  });
});
