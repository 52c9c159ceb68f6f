/** Working directories are looked at before they are accepted, so that a bad one is an answer and not a failed turn. */
import { stat } from "node:fs/promises";
import { isAbsolute } from "node:path";
import { dispatchError } from "@dispatch/wire";

/** Rejects with `invalid-cwd` unless it is an existing absolute folder. */
export async function checkFolder(cwd: string): Promise<void> {
  if (!isAbsolute(cwd))
    throw dispatchError("invalid-cwd", `The working directory ${cwd} is not an absolute path.`);
  const found = await stat(cwd).catch(() => undefined);
  if (!found?.isDirectory()) throw dispatchError("invalid-cwd", `There is no folder ${cwd}.`);
}
