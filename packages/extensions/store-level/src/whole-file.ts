/** Small files that are whole or absent. */
import { closeSync, fsyncSync, openSync, renameSync, writeFileSync } from "node:fs";

/** Puts a file in place at once; on disk before this returns. For the owner only. */
export function writeWhole(folder: string, name: string, content: string | Uint8Array): void {
  const path = `${folder}/${name}`;
  writeFileSync(`${path}.new`, content, { mode: 0o600, flush: true });
  renameSync(`${path}.new`, path);
  const directory = openSync(folder, "r");
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
