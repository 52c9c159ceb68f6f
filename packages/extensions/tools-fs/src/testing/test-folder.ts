/** For tests: a real folder with files in it, and the context a tool is called with. */
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { ToolContext } from "@dispatch/kernel";
import type { FileToolSettings } from "../manifest.ts";

export const testSettings: FileToolSettings = {
  maxReadBytes: 262_144,
  maxFileBytes: 10_485_760,
  maxWriteBytes: 1_048_576,
  listLimit: 1_000,
  searchLimit: 200,
  searchTimeMs: 10_000,
  roots: [],
  hardLinks: false,
};

export interface TestFolder {
  /** Real path. `cwd` of the tools is `<path>/work`; beside it is `<path>/outside`. */
  readonly path: string;
  readonly cwd: string;
  /** Writes files below `path`, folders as needed. */
  write(files: Readonly<Record<string, string | Uint8Array>>): Promise<void>;
  remove(): Promise<void>;
}

export async function createTestFolder(): Promise<TestFolder> {
  const path = await realpath(await mkdtemp(join(tmpdir(), "tools-fs-")));
  await mkdir(join(path, "work"));
  return {
    path,
    cwd: join(path, "work"),
    async write(files) {
      for (const [name, content] of Object.entries(files)) {
        await mkdir(dirname(join(path, name)), { recursive: true });
        await writeFile(join(path, name), content);
      }
    },
    remove: () => rm(path, { recursive: true }),
  };
}

export const testContext = (
  cwd: string,
  signal: ToolContext["signal"] = new AbortController().signal,
): ToolContext => ({
  conversationId: "c",
  turnId: "t",
  stepId: "t#0",
  callId: "k",
  cwd,
  env: {},
  signal,
  log: { debug() {}, info() {}, warn() {}, error() {} },
  output() {},
});

/** Real timers in the form that tools take them. */
export const afterReally = (ms: number, run: () => void | Promise<void>) => {
  const timer = setTimeout(() => void run(), ms);
  return () => clearTimeout(timer);
};
