/** Bytes to lines, however the bytes were cut on their way: between lines, in a line end, inside a character. */

/**
 * Yields each line without its end. `ends` says what ends a line: only LF (NDJSON), or LF, CR and CRLF (SSE). What
 * follows the last line end is dropped: a cut stream leaves half a line. Leaving the loop early cancels the body.
 */
export async function* readLines(
  body: ReadableStream<Uint8Array>,
  ends: "lf" | "any",
): AsyncGenerator<string, void, undefined> {
  const reader = body.getReader();
  const decoder = new TextDecoder(); // drops a byte order mark at the start
  const pattern = ends === "lf" ? /\n/g : /\r\n|\n|\r/g;
  let pending: string[] = []; // pieces of an unfinished line: joined once, so a long line costs no copies
  let skipLf = false;
  let finished = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) {
        finished = true;
        return;
      }
      let text = decoder.decode(value, { stream: true });
      if (skipLf && text !== "") {
        skipLf = false;
        if (text.startsWith("\n")) text = text.slice(1);
      }
      let from = 0;
      for (const match of text.matchAll(pattern)) {
        pending.push(text.slice(from, match.index));
        yield pending.join("");
        pending = [];
        from = match.index + match[0].length;
        skipLf = match[0] === "\r" && from === text.length;
      }
      if (from < text.length) pending.push(text.slice(from));
    }
  } finally {
    if (!finished) await reader.cancel().catch(() => undefined); // the body may have failed already; nothing is left to free
    reader.releaseLock();
  }
}
