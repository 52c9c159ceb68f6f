/** NDJSON bodies as async iterables: one JSON value a line, half a line at the end (a cut stream) dropped. */
import { clientError } from "./client-error.ts";
import { readLines } from "./lines.ts";

/** Rejects with `bad-answer` at a line that is not JSON. */
export async function* readNdjson<T>(body: ReadableStream<Uint8Array>): AsyncGenerator<T, void, undefined> {
  for await (const line of readLines(body, "lf")) {
    if (line.trim() === "") continue;
    let value: T;
    try {
      value = JSON.parse(line) as T;
    } catch (cause) {
      throw clientError("bad-answer", "The server sent a line that is not JSON.", { cause });
    }
    yield value;
  }
}
