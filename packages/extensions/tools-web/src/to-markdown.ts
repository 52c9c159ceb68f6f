/**
 * Makes Markdown of a page in a thread of its own: a page made for it can keep the parser busy or use up its stack and
 * memory, and a thread can be ended from outside while the server goes on.
 */
import { createRequire } from "node:module";
import { Worker } from "node:worker_threads";
import { markdownProgram } from "./markdown-program.ts";

export interface MarkdownOptions {
  readonly html: string;
  /** Relative addresses in the page start here. */
  readonly base: string;
  /** Ends the thread. */
  readonly signal: AbortSignal;
}

/** Rejects when it cannot be done, or was ended: for the reason the thread gave, or the signal's. */
export async function toMarkdown({ html, base, signal }: MarkdownOptions): Promise<string> {
  signal.throwIfAborted();
  const library = createRequire(import.meta.url).resolve("turndown");
  const worker = new Worker(markdownProgram, {
    eval: true,
    workerData: { html, base, library },
    env: {}, // it needs none, and there are secrets in it
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: 256, stackSizeMb: 4 },
  });
  let onAbort = () => {};
  try {
    return await new Promise<string>((resolve, reject) => {
      worker.on("message", resolve);
      worker.on("error", reject);
      worker.on("exit", () => reject(new Error("The converter's thread ended before it answered.")));
      onAbort = () => reject(signal.reason);
      signal.addEventListener("abort", onAbort);
    });
  } finally {
    signal.removeEventListener("abort", onAbort);
    await worker.terminate();
  }
}
