/** Working directories are looked at before they are accepted, so that a bad one is an answer and not a failed turn. */
import { stat } from "node:fs/promises";
import { isAbsolute } from "node:path";
import { dispatchError } from "@dispatch/wire";

/** The folders among settings. */
export async function checkFolders({ cwd, dirs }: { cwd?: unknown; dirs?: unknown }): Promise<void> {
  if (typeof cwd === "string") await checkFolder(cwd);
  for (const dir of Array.isArray(dirs) ? dirs : []) await checkFolder(String(dir), "further folder");
}

/** Rejects with `invalid-cwd` unless it is an existing absolute folder. */
export async function checkFolder(cwd: string, what = "working directory"): Promise<void> {
  if (!isAbsolute(cwd)) throw dispatchError("invalid-cwd", `The ${what} ${cwd} is not an absolute path.`);
  const found = await stat(cwd).catch(() => undefined);
  if (!found?.isDirectory()) throw dispatchError("invalid-cwd", `There is no folder ${cwd}.`);
}
