/** A file of log lines that turns over at a size, so that logs never fill a disk. */
import { chmodSync, closeSync, fstatSync, mkdirSync, openSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";

export interface LogFileOptions {
  readonly path: string;
  /** Bytes at which a new file is begun: 5 MiB. */
  readonly maxBytes?: number;
  /** Files kept in all, the one being written included: 3. */
  readonly files?: number;
}

export interface LogFile {
  /** Appends one line at once: what was said before a crash is there after it. */
  write(line: string): void;
  close(): void;
}

/** Creates folder (0700) and file (0600). Later failures (a full disk) lose lines, not the server. */
export function openLogFile({ path, maxBytes = 5 * 1024 * 1024, files = 3 }: LogFileOptions): LogFile {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  let fd: number | undefined;
  let size = 0;

  function open(): void {
    fd = openSync(path, "a", 0o600);
    chmodSync(path, 0o600);
    size = fstatSync(fd).size;
  }

  function close(): void {
    if (fd !== undefined) closeSync(fd);
    fd = undefined;
  }

  /** dispatch.log → dispatch.log.1 → dispatch.log.2; the last one is replaced. */
  function turnOver(): void {
    close();
    for (let n = files - 1; n >= 1; n -= 1) {
      const from = n === 1 ? path : `${path}.${n - 1}`;
      try {
        renameSync(from, `${path}.${n}`);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error; // not that many files yet
      }
    }
    open();
  }

  open();
  return {
    write(line) {
      const bytes = Buffer.from(`${line}\n`);
      try {
        if (size > 0 && size + bytes.length > maxBytes) turnOver();
        if (fd === undefined) open();
        size += writeSync(fd as number, bytes);
      } catch {
        close(); // tried again at the next line; there is nowhere else to say it
      }
    },
    close,
  };
}
