// A screen of its own (Xvfb) and a keyboard (xdotool): for what only the browser's own windows
// do, such as its keyboard commands and its question for a permission.
import { execFileSync, spawn } from "node:child_process";
import { existsSync } from "node:fs";

const found = (name) => (process.env.PATH ?? "").split(":").some((dir) => existsSync(`${dir}/${name}`));

/** Why there is none, or false: in CI both are installed and must be there. */
export const noDisplay = process.env.CI || (found("Xvfb") && found("xdotool")) ? false : "no Xvfb and xdotool";

export class Display {
  async start() {
    this.server = spawn("Xvfb", ["-displayfd", "3", "-screen", "0", "1280x900x24", "-nolisten", "tcp"], {
      stdio: ["ignore", "ignore", "ignore", "pipe"],
    });
    // It says its number when it is ready.
    const number = await new Promise((tell, fail) => {
      this.server.stdio[3].once("data", (text) => tell(String(text).trim()));
      this.server.once("error", fail);
      this.server.once("exit", (code) => fail(new Error(`Xvfb ended with ${code}`)));
    });
    this.name = `:${number}`;
    return this;
  }

  xdotool(...args) {
    execFileSync("xdotool", args, { env: { ...process.env, DISPLAY: this.name }, stdio: ["ignore", "ignore", "ignore"] });
  }

  /** Presses keys as a person does, in the window that has the keyboard: "alt+shift+d". */
  press(...keys) {
    this.xdotool("key", "--clearmodifiers", ...keys);
  }

  /** Gives the keyboard back to the browser's window: nobody here does that when another one closes. */
  focus() {
    this.xdotool("search", "--onlyvisible", "--name", "(Chromium|Chrome)$", "windowfocus");
  }

  close() {
    this.server?.kill();
  }
}
