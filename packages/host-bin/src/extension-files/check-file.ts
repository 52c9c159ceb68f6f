/** Is a file fit to be run as code? One that others can change is not. */
import { realpathSync, type Stats, statSync } from "node:fs";
import { dirname } from "node:path";
import { tilde } from "../paths.ts";

export interface SafeFile {
  /** Absolute, symbolic links resolved: what is checked is what is loaded. */
  readonly path: string;
}

const othersMayWrite = 0o002;

/** The file, or a sentence that says why not and what to do. */
export function checkExtensionFile(given: string): SafeFile | string {
  let path: string;
  let file: Stats;
  let folder: Stats;
  try {
    path = realpathSync(given);
    file = statSync(path);
    folder = statSync(dirname(path));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === "ENOENT"
      ? "there is no such file; check the path given to --ext"
      : `it cannot be read (${code})`;
  }
  if (!file.isFile()) return "it is not a regular file; name the extension's .ts, .js or .mjs file itself";
  if (!/\.(ts|mts|js|mjs)$/.test(path)) return "it is not a .ts, .mts, .js or .mjs file";
  if (process.platform === "win32") return { path }; // there the mode says nothing about others
  if ((file.mode & othersMayWrite) !== 0)
    return `everybody may write to it, so it is not run; \`chmod o-w ${tilde(path)}\``;
  // A sticky folder is no better: whoever may add files can plant what the extension imports.
  if ((folder.mode & othersMayWrite) !== 0) {
    return `everybody may write to its folder ${dirname(path)}, so it is not run; move it to a folder of your own`;
  }
  return { path };
}
