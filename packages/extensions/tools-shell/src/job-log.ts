/** The output of a background job in a file of bounded size: when it is full, its older half is dropped. */
import { closeSync, ftruncateSync, openSync, readSync, writeSync } from "node:fs";

export interface JobLog {
  /** Never throws: what cannot be written is lost, and told once to `onFailure`. */
  write(text: string): void;
  close(): void;
}

/** Makes the file (0600), which must not be there. `maxBytes`: of the file, give or take one piece of output. */
export function createJobLog(path: string, maxBytes: number, onFailure: (error: unknown) => void): JobLog {
  const fd = openSync(path, "wx+", 0o600);
  let size = 0;
  let usable = true;

  function append(bytes: Uint8Array): void {
    for (let from = 0; from < bytes.length; )
      from += writeSync(fd, bytes, from, bytes.length - from, size + from);
    size += bytes.length;
  }

  function dropOlderHalf(): void {
    const kept = Buffer.alloc(Math.floor(maxBytes / 2));
    const read = readSync(fd, kept, 0, kept.length, size - kept.length);
    const line = kept.subarray(0, read).indexOf(0x0a) + 1; // from a line's beginning, when there is one
    ftruncateSync(fd, 0);
    size = 0;
    append(Buffer.from("[… earlier output left out …]\n"));
    append(kept.subarray(line, read));
  }

  return {
    write(text) {
      if (!usable) return;
      try {
        append(Buffer.from(text));
        if (size > maxBytes) dropOlderHalf();
      } catch (error) {
        usable = false;
        onFailure(error);
      }
    },
    close() {
      usable = false;
      closeSync(fd);
    },
  };
}
