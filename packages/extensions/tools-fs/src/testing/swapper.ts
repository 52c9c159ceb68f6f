/**
 * For tests: a process of its own that swaps something inside the working directory for a link that leads outside and
 * back, as fast as it can.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { symlink } from "node:fs/promises";
import { join } from "node:path";
import type { TestFolder } from "./test-folder.ts";

/**
 * What is swapped. A link's own target is resolved before anything is opened, so the folder and the file, real at
 * first and a link when opened, are the harder cases.
 */
export type SwapKind = keyof typeof swapsOf;

const swapsOf = {
  link: ["target/file", 'put("real")', "put(outside)"],
  folder: [
    "target/file",
    'fs.unlinkSync("target"); move("away", "target")',
    'move("target", "away"); put(outside)',
  ],
  file: ["target", 'fs.copyFileSync("real/file", "next"); move("next", "target")', 'put(outside + "/file")'],
} as const;

export interface Swapping {
  /** What the tools are asked for, relative to `work`: what comes by it swaps between PUBLIC inside and SECRET outside. */
  readonly path: string;
  /** The same place outside: a folder with the one file "file". */
  readonly outside: string;
  /** False when all swaps are done. */
  running(): boolean;
  /** `[0, null]` when the swapper did them all. */
  readonly ended: Promise<unknown[]>;
}

/** Starts `swaps` swaps below `work/races/<name>`, resting a random moment of up to `restMs` after each. */
export async function startSwapping(
  folder: TestFolder,
  name: string,
  kind: SwapKind,
  swaps: number,
  restMs: number,
): Promise<Swapping> {
  const [path, toInside, toOutside] = swapsOf[kind];
  const place = join("races", name);
  const outside = join(folder.path, "outside", place);
  await folder.write({
    [join("work", place, "real/file")]: "PUBLIC\n",
    [join("outside", place, "file")]: "SECRET\n",
  });
  if (kind === "folder") await folder.write({ [join("work", place, "target/file")]: "PUBLIC\n" });
  if (kind === "link") await symlink("real", join(folder.cwd, place, "target"));
  // Where a writer made a folder in a link's place just then, that goes.
  const script = `
    const fs = require("node:fs");
    const [place, outside] = process.argv.slice(1);
    process.chdir(place);
    const move = (from, to) => {
      for (let tries = 0; ; tries++) {
        try { return fs.renameSync(from, to); }
        catch (error) { if (tries === 1000) throw error; }
        try { fs.rmSync(to, { recursive: true, force: true }); } catch {} // being written into: once more
      }
    };
    const put = (to) => { fs.symlinkSync(to, "next"); move("next", "target"); };
    const rest = () => { for (const end = performance.now() + Math.random() * ${restMs}; performance.now() < end; ); };
    for (let n = 0; n < ${swaps}; n += 2) { ${toOutside}; rest(); ${toInside}; rest(); }`;
  const swapper = spawn(process.execPath, ["-e", script, join(folder.cwd, place), outside], {
    stdio: "inherit",
  });
  let over = false;
  const ended = once(swapper, "exit").finally(() => {
    over = true;
  });
  return { path: join(place, path), outside, running: () => !over, ended };
}
