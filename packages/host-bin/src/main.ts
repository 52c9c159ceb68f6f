/** The `dispatch` program: this process as a terminal, its exit code from the command. */
import { fileURLToPath } from "node:url";
import type { Terminal } from "@dispatch/cli/ports";
import { runCommandLine } from "./command-line.ts";
import { endWithReader } from "./lost-output.ts";
import { hideEnvironment } from "./node-services/hide-environment.ts";
import { settleFetch } from "./node-services/settling-fetch.ts";
import { defaultTimes } from "./servers/times.ts";
import { messageOf } from "./start-error.ts";
import { readVersion } from "./version.ts";

// Before anything that a model may start can look; notes/tools.md says what that hides and what not. What a tool started
// itself keeps it: the marks in it are how it is found again, and keys are not passed to tools.
if (process.env.DISPATCH_CHILD === undefined) hideEnvironment(process.env);
settleFetch(globalThis);

const terminal: Terminal = {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  cwd: process.cwd(),
  version: readVersion(),
  now: Date.now,
  onInterrupt(handler) {
    process.on("SIGINT", handler);
    return () => process.off("SIGINT", handler);
  },
};

endWithReader(process.stdout, process.exit);

try {
  process.exitCode = await runCommandLine({
    args: process.argv.slice(2),
    terminal,
    program: fileURLToPath(new URL("../bin/dispatch.js", import.meta.url)),
    times: defaultTimes,
  });
} catch (error) {
  process.stderr.write(`dispatch: ${messageOf(error)}\n`);
  const fix = error instanceof Error && "fix" in error ? error.fix : undefined;
  if (typeof fix === "string") process.stderr.write(`  ${fix}\n`);
  process.exitCode = 1;
}
