/** Where the logs of jobs lie: a private folder among the system's temporary ones, made at the first job. */
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { join } from "node:path";

export interface JobFolder {
  path(): Promise<string>;
  remove(): Promise<void>;
}

/** `temporary`: the system's folder for such. `homeId` tells what earlier servers of this data folder left there. */
export function createJobFolder(temporary: string, homeId: string): JobFolder {
  let made: Promise<string> | undefined;
  return {
    path() {
      made ??= mkdtemp(join(temporary, prefixOf(homeId)));
      return made;
    },
    async remove() {
      if (made !== undefined) await rm(await made, { recursive: true, force: true });
    },
  };
}

/** Removes the folders of servers that did not come to it. For the start, when there is no other server. */
export async function removeLeftFolders(temporary: string, homeId: string): Promise<void> {
  const left = (await readdir(temporary)).filter((name) => name.startsWith(prefixOf(homeId)));
  await Promise.all(left.map((name) => rm(join(temporary, name), { recursive: true, force: true })));
}

const prefixOf = (homeId: string): string => `dispatch-jobs-${homeId}-`;
