/** A log that is on disk before the server goes on: one JSON line per request, refusal and response. */
import { appendFileSync } from "node:fs";
import type { LogSink } from "./records.ts";

/** A sink that appends to `path`; a killed server has then logged everything it did. */
export function fileLog(path: string): LogSink {
  return (line) => appendFileSync(path, `${JSON.stringify(line)}\n`);
}
