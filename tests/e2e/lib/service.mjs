// `scaler serve` for a test: on a free port, over a library of its own, ended with the test.
import { spawn } from "node:child_process";
import { mkdtempSync, openSync, readFileSync, existsSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

export const BUILD = process.env.SCALER_TEST_BUILD;
export const SOURCE = process.env.SCALER_TEST_SOURCE;
export const SCALER = join(BUILD, "src/cli/scaler");

/** A fresh folder for one test, under TMPDIR. */
export function scratch(name) {
  return mkdtempSync(join(tmpdir(), `scaler-e2e-${name}-`));
}

export class Service {
  /** library: folder (made when missing). port: 0 = any free one. env: settings beside the defaults. */
  constructor({ library, port = 0, env = {} }) {
    mkdirSync(library, { recursive: true });
    this.library = library;
    this.wantedPort = port;
    this.env = {
      ...process.env,
      SCALER_ALLOW_PRIVATE: "on",
      LLM_PROVIDER: "builtin",
      WHISPER_MODEL: "tiny",
      LOG_LEVEL: "DEBUG",
      SCALER_OUTPUT_DIR: library,
      ...env,
    };
    this.logPath = join(library, "..", `serve-${process.pid}.log`);
  }

  async start() {
    const portFile = join(this.library, "..", `port-${process.pid}-${Date.now()}`);
    const log = openSync(this.logPath, "a");
    this.proc = spawn(SCALER, ["serve", "--port", String(this.wantedPort), "--port-file", portFile], {
      env: this.env,
      stdio: ["ignore", log, log],
    });
    this.ended = new Promise((done) => this.proc.once("exit", (code, signal) => done({ code, signal })));
    for (let i = 0; !(existsSync(portFile) && readFileSync(portFile, "utf8").trim()); i++) {
      if (this.proc.exitCode !== null || i > 3000) throw new Error(`the server did not start: ${this.log().slice(-2000)}`);
      await sleep(20);
    }
    this.port = Number(readFileSync(portFile, "utf8"));
    // The same port again after a restart: clients expect their server back where it was.
    this.wantedPort = this.port;
    this.url = `http://localhost:${this.port}`;
    return this;
  }

  /** Ends the server (SIGTERM drains); throws when a sanitizer complained. */
  async stop(signal = "SIGTERM") {
    if (this.proc && this.proc.exitCode === null && this.proc.signalCode === null) {
      this.proc.kill(signal);
      await this.ended;
    }
    const found = /(AddressSanitizer|LeakSanitizer|ThreadSanitizer|runtime error:)[^]*/.exec(this.log());
    if (found) throw new Error(found[0].slice(0, 3000));
  }

  log() {
    return existsSync(this.logPath) ? readFileSync(this.logPath, "utf8") : "";
  }

  async api(method, path, body) {
    const answer = await fetch(this.url + path, {
      method,
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text.slice(0, 500)}`);
    return text ? JSON.parse(text) : null;
  }
}
