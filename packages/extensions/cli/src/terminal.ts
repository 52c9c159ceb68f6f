/** The outside of a command: streams, environment and Ctrl-C, handed in so that tests hold both ends. */
import type { Readable, Writable } from "node:stream";

/** `process.stdout`, or any stream that stands for it. */
export type Screen = Writable & { readonly isTTY?: boolean; readonly columns?: number };

export interface Terminal {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Screen;
  readonly stderr: Screen;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Working directory, absolute. */
  readonly cwd: string;
  /** Of the program, for `--version`. */
  readonly version: string;
  /** Unix ms. */
  now(): number;
  /** Calls back at every Ctrl-C, in place of ending the process, until undone. */
  onInterrupt(handler: () => void): () => void;
}
