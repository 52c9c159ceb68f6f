/**
 * Ends processes by the marks in their environment: those that left their group (`setsid`, a double fork), which no
 * signal to the group reaches. A program inherits the marks from who started it; one that clears its environment
 * (`env -i`), writes over it, or may not be read (setuid) is not found. Linux only: elsewhere the environment of a
 * process cannot be read in a way worth relying on, nothing is found, and what left its group goes on.
 */
import { readFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { childMarker, homeMarker } from "./environment.ts";
import { codeOf } from "./refusal.ts";

export interface Sweeper {
  /**
   * Ends what carries one of the marks, or any of this data folder: SIGTERM, after the grace SIGKILL, until nobody is
   * left. Resolves with how many were found at first.
   */
  sweep(marks: ReadonlySet<string> | "all", graceMs: number): Promise<number>;
}

export interface SweeperOptions {
  readonly homeId: string;
  /** Waits; false when there is no more time to be had. */
  rest(ms: number): Promise<boolean>;
}

/** How often those who were asked to end are looked at, in ms. */
const pollMs = 25;
/** Who forks faster than this many looks is left to the next sweep. */
const maxKills = 20;

export function createSweeper({ homeId, rest }: SweeperOptions): Sweeper {
  /** Whether an environment is to be ended. */
  const isWanted = (environment: string, marks: ReadonlySet<string> | "all"): boolean => {
    const variables = environment.split("\0");
    if (!variables.includes(`${homeMarker}=${homeId}`)) return false;
    const mark = variables.find((each) => each.startsWith(`${childMarker}=`))?.slice(childMarker.length + 1);
    return mark !== undefined && (marks === "all" || marks.has(mark));
  };

  async function find(marks: ReadonlySet<string> | "all"): Promise<number[]> {
    if (process.platform !== "linux") return [];
    const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
    const found: number[] = [];
    for (let from = 0; from < pids.length; from += 64) {
      await Promise.all(
        pids.slice(from, from + 64).map(async (pid) => {
          if (pid === process.pid) return;
          const environment = await readFile(environPath(pid), "latin1").catch(nothing);
          if (isWanted(environment, marks)) found.push(pid);
        }),
      );
    }
    return found;
  }

  /** Looks once more right before: by now the number may belong to another process. */
  function signal(pid: number, name: NodeJS.Signals, marks: ReadonlySet<string> | "all"): void {
    try {
      if (isWanted(readFileSync(environPath(pid), "latin1"), marks)) process.kill(pid, name);
    } catch (error) {
      nothing(error);
    }
  }

  return {
    async sweep(marks, graceMs) {
      let left = await find(marks);
      const first = left.length;
      if (first > 0 && graceMs > 0) {
        for (const pid of left) signal(pid, "SIGTERM", marks);
        for (let waited = 0; waited < graceMs && left.length > 0; waited += pollMs) {
          if (!(await rest(pollMs))) break;
          left = await find(marks);
        }
      }
      for (let kills = 0; left.length > 0 && kills < maxKills; kills++) {
        for (const pid of left) signal(pid, "SIGKILL", marks);
        await rest(pollMs);
        left = await find(marks);
      }
      return first;
    },
  };
}

const environPath = (pid: number): string => `/proc/${pid}/environ`;

/** It has ended, or belongs to somebody else: there is nothing to be read or ended. */
function nothing(error: unknown): string {
  if (["ENOENT", "ESRCH", "EACCES", "EPERM"].includes(codeOf(error) ?? "")) return "";
  throw error;
}
