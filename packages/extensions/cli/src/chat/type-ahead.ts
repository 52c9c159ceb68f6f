/**
 * What is typed while a turn runs. It is read at once: left in the terminal, a Ctrl-C would throw it away, for the
 * terminal empties its queue when it makes a signal of the key.
 */
import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";

export interface TypeAhead {
  /** Begins to read the keyboard, or goes on. */
  listen(): void;
  /** Leaves the keyboard to somebody else; what was read stays. */
  release(): void;
  /** Hands over what was read so far: whole lines, and the beginning of one, empty when there is none. */
  take(): { readonly lines: string[]; readonly rest: string };
}

/** What is held of it, in UTF-16 code units; the rest waits in the terminal. */
const mostTyped = 1_000_000;

export function createTypeAhead(stdin: Readable): TypeAhead {
  const decoder = new StringDecoder("utf8");
  let text = "";
  let listening = false;
  const read = (piece: Buffer | string): void => {
    text += typeof piece === "string" ? piece : decoder.write(piece);
    if (text.length >= mostTyped) release();
  };
  function release(): void {
    if (!listening) return;
    listening = false;
    stdin.off("data", read);
    stdin.pause();
  }
  return {
    listen() {
      if (listening || text.length >= mostTyped) return;
      listening = true;
      stdin.on("data", read);
      stdin.resume();
    },
    release,
    take() {
      const lines = text.split(/\r\n|\r|\n/).map(typedText);
      text = "";
      const rest = lines.pop() ?? "";
      return { lines, rest };
    },
  };
}

/** As it would stand in a prompt: without arrow keys and what else the terminal says of keys that are no text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the sequences of keys begin with one
const keys = /\u001b(?:\[[\d;]*[ -/]*[@-~]|O[@-~])|[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;
const typedText = (line: string): string => line.replace(keys, "").replaceAll("\t", " ");
