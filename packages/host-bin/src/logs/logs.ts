/** `dispatch logs`: the server's log for people, its end or as it grows. Needs no server. */
import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { commandError, type Terminal } from "@dispatch/cli/ports";
import type { LogLevel } from "@dispatch/kernel/host";
import { type DataPaths, tilde } from "../paths.ts";
import { formatLine, isWorth } from "./format-line.ts";
import { createTail, lastLines } from "./tail.ts";

export interface LogsOptions {
  /** Go on until Ctrl-C. */
  readonly follow: boolean;
  readonly level: LogLevel;
  /** Lines shown of what is there. */
  readonly lines: number;
  /** The lines as they stand in the file. */
  readonly json: boolean;
}

/** Pause between looks while following, in ms. */
const pollMs = 100;

/** The exit code: 130 when following was left. */
export async function showLogs(paths: DataPaths, terminal: Terminal, options: LogsOptions): Promise<number> {
  const { follow, level, lines, json } = options;
  if (!follow && !existsSync(paths.log)) {
    throw commandError(`There is no log at ${tilde(paths.log)}.`, {
      fix: "It begins with the first start of the server.",
    });
  }
  const print = (line: string) => {
    const text = json ? line : formatLine(line, level);
    if (text !== undefined) terminal.stdout.write(`${text}\n`);
  };
  const leaving = new AbortController();
  const undo = follow ? terminal.onInterrupt(() => leaving.abort()) : () => undefined;
  const tail = follow ? createTail(paths.log) : undefined;
  try {
    const worth = lastLines(paths.log).filter((line) => isWorth(line, level));
    for (const line of worth.slice(Math.max(0, worth.length - lines))) print(line);
    while (tail && !leaving.signal.aborted) {
      for (const line of tail.read()) if (isWorth(line, level)) print(line);
      await sleep(pollMs, undefined, { signal: leaving.signal }).catch(() => undefined); // Ctrl-C ends the loop
    }
    return follow ? 130 : 0;
  } finally {
    tail?.close();
    undo();
  }
}
