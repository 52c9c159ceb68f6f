/** Server-sent events as an async iterable (WHATWG HTML, section 9.2.6), over `fetch`, which can send a header. */
import { readLines } from "./lines.ts";

export interface SseEvent {
  /** `message` when the server names none. */
  readonly type: string;
  readonly data: string;
  /** The last id given, this event's or an earlier one's. */
  readonly id: string;
}

/** An event without its closing empty line (a cut stream) is dropped, as the standard says. Comments are skipped. */
export async function* readSse(body: ReadableStream<Uint8Array>): AsyncGenerator<SseEvent, void, undefined> {
  let id = "";
  let type = "";
  let data: string[] = [];
  for await (const line of readLines(body, "any")) {
    if (line === "") {
      if (data.length > 0) yield { type: type || "message", data: data.join("\n"), id };
      type = "";
      data = [];
      continue;
    }
    const colon = line.indexOf(":");
    const field = colon === -1 ? line : line.slice(0, colon);
    const rest = colon === -1 ? "" : line.slice(colon + 1);
    const value = rest.startsWith(" ") ? rest.slice(1) : rest;
    if (field === "data") data.push(value);
    else if (field === "event") type = value;
    else if (field === "id" && !value.includes("\0")) id = value;
  }
}
