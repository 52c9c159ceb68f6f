/** One start at a time: a file with the pid of the command line that is starting a server. */
import { readFileSync, renameSync, unlinkSync } from "node:fs";
import { createPrivateFile } from "../private-file.ts";
import { isAlive } from "./is-alive.ts";

/** The undo, or undefined while somebody else who is alive holds it. */
export async function takeStartLock(path: string): Promise<(() => void) | undefined> {
  if (!(await createPrivateFile(path, String(process.pid)))) {
    const holder = read(path);
    if (holder === undefined || isAlive(holder)) return undefined;
    // Left by one that was killed. A rename has one winner; should two meet here anyway, the store admits one server.
    moveAway(path);
    if (!(await createPrivateFile(path, String(process.pid)))) return undefined;
  }
  return () => {
    if (read(path) === process.pid) unlinkSync(path);
  };
}

function read(path: string): number | undefined {
  try {
    const pid = Number(readFileSync(path, "utf8"));
    return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

function moveAway(path: string): void {
  const aside = `${path}.stale.${process.pid}`;
  try {
    renameSync(path, aside);
    unlinkSync(aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error; // another one was faster
  }
}
