/** The end of a log file that turns over, and what is added to it from then on. */
import { closeSync, fstatSync, openSync, readFileSync, readSync, statSync } from "node:fs";
import { StringDecoder } from "node:string_decoder";

/** All lines that are there, oldest first: the file before the last turn-over, then the one being written. */
export function lastLines(path: string): string[] {
  return [`${path}.2`, `${path}.1`, path].flatMap((file) => {
    const text = readIfThere(file);
    return text === undefined ? [] : text.split("\n").filter((line) => line !== "");
  });
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Reads what is added after its making; each call of `read` gives the whole lines since the last. */
export function createTail(path: string): { read(): string[]; close(): void } {
  let fd: number | undefined;
  let inode: number | undefined;
  let at = 0;
  let rest = "";
  let decoder = new StringDecoder("utf8");
  const buffer = Buffer.alloc(65_536);

  function open(fromEnd: boolean): void {
    if (!statSync(path, { throwIfNoEntry: false })) return; // not yet
    fd = openSync(path, "r");
    const { ino, size } = fstatSync(fd);
    inode = ino;
    at = fromEnd ? size : 0;
    decoder = new StringDecoder("utf8");
  }

  function drain(): string {
    let text = "";
    for (;;) {
      const count = fd === undefined ? 0 : readSync(fd, buffer, 0, buffer.length, at);
      if (count === 0) return text;
      at += count;
      text += decoder.write(buffer.subarray(0, count));
    }
  }

  function close(): void {
    if (fd !== undefined) closeSync(fd);
    fd = undefined;
  }

  open(true);
  return {
    read() {
      let text = rest + drain();
      // The file has turned over: the old one is read to its end, the new one from its beginning.
      if (statSync(path, { throwIfNoEntry: false })?.ino !== inode) {
        close();
        open(false);
        text += drain();
      }
      const lines = text.split("\n");
      rest = lines.pop() ?? "";
      return lines.filter((line) => line !== "");
    },
    close,
  };
}
