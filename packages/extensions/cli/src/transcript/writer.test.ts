import { PassThrough } from "node:stream";
import { expect, it } from "vitest";
import type { GlobalOptions } from "../ports.ts";
import type { Terminal } from "../terminal.ts";
import { createWriter } from "./writer.ts";

it("takes orders to the terminal out of what it shows, and keeps its own colours", () => {
  const stdout = Object.assign(new PassThrough(), { isTTY: true });
  const stderr = Object.assign(new PassThrough(), { isTTY: true });
  const terminal = { stdout, stderr, env: { TERM: "xterm" } } as unknown as Terminal;
  const writer = createWriter(terminal, { start: true, json: false, color: true } as GlobalOptions);
  writer.line("> \u001b[31mhello", writer.colors.bold);
  expect(String(stdout.read())).toBe("\u001b[1m> [31mhello\u001b[22m\n");
});
