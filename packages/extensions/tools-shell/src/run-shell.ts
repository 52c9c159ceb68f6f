/** The tool `run_shell`: a script in a shell, to its end or in the background. */
import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { defineTool, type ToolOutput } from "@dispatch/kernel";
import * as z from "zod";
import { type CommandDeps, inChildPlace } from "./child-place.ts";
import { createHeadTail } from "./head-tail.ts";
import type { Jobs, StartedJob } from "./jobs.ts";
import type { ShellToolSettings } from "./manifest.ts";
import { explainStart, onOwnLine, presentResult, textOf } from "./present-result.ts";
import { answering, codeOf, Refusal } from "./refusal.ts";
import { shorten } from "./run-command.ts";
import { type ProcessEnd, type ProcessOptions, runProcess } from "./run-process.ts";

/** A system takes 128 KiB in one argument. */
const maxScriptBytes = 100_000;

const createParameters = ({ timeoutMs, maxTimeoutMs, maxJobTimeoutMs }: ShellToolSettings) =>
  z.strictObject({
    script: z
      .string()
      .refine((script) => script.trim() !== "", "It is empty.")
      .refine((script) => !script.includes("\0"), "It cannot hold a NUL character.")
      .refine((script) => Buffer.byteLength(script) <= maxScriptBytes, `At most ${maxScriptBytes} bytes.`)
      .describe("Commands for the shell, as in a script file."),
    cwd: z
      .string()
      .min(1)
      .optional()
      .describe("Folder to start in, relative to the working directory. Default: that itself."),
    timeoutMs: z
      .int()
      .min(1)
      .max(Math.max(maxTimeoutMs, maxJobTimeoutMs))
      .optional()
      .describe(
        `Time after which it is stopped, in milliseconds. Default ${timeoutMs}, at most ${maxTimeoutMs}; ` +
          `in the background both are ${maxJobTimeoutMs}.`,
      ),
    background: z
      .boolean()
      .optional()
      .describe("Go on in the background, for servers and watchers. The answer says how to see its output."),
  });

export const createRunShell = (settings: ShellToolSettings, deps: CommandDeps, jobs: Jobs) =>
  defineTool({
    description:
      "Runs a script in a shell (bash where there is one, else sh) in the working directory and returns what it printed " +
      "(stdout and stderr as they came) and its exit code. For a single program run_command is better: it needs no " +
      "quoting. It gets no input. Without background it and all it started are ended with it; with background it goes " +
      "on after the answer, until it ends or the conversation does. Of a long output the beginning and the end are kept.",
    parameters: createParameters(settings),
    kind: "execute",
    concurrencySafe: false,
    target: ({ script }) => shorten(script),
    execute: (input, context) =>
      answering(() =>
        inChildPlace(settings, deps, context, input.cwd ?? ".", async ({ folder, env, rejected }) => {
          const { script, background = false } = input;
          const limits = background
            ? { byDefault: settings.maxJobTimeoutMs, most: settings.maxJobTimeoutMs }
            : { byDefault: settings.timeoutMs, most: settings.maxTimeoutMs };
          const { timeoutMs = limits.byDefault } = input;
          if (timeoutMs > limits.most) {
            throw new Refusal(
              `timeoutMs is ${limits.most} at most${background ? "" : " (more with background)"}.`,
            );
          }
          const argv = [await findShell(), "-c", script];
          context.signal.throwIfAborted();
          const run = (how: Pick<ProcessOptions, "signal" | "onText" | "onStart" | "bytesPerSecond">) =>
            runProcess({
              argv,
              cwd: folder.path,
              env,
              timeoutMs,
              killGraceMs: settings.killGraceMs,
              after: deps.after,
              groups: deps.groups,
              ...how,
            }).catch((error: unknown): ProcessEnd => {
              throw explainStart(error, argv.slice(0, 1));
            });
          const { signal, conversationId, callId } = context;
          if (background) {
            const onText = (text: string) => context.output(text);
            const job = await jobs.start({ conversationId, callId, signal, timeoutMs, onText, run });
            return job.end === undefined
              ? presentJob(job, rejected)
              : presentResult(job.kept, job.end, timeoutMs, rejected);
          }
          const kept = createHeadTail(settings.outputBytes);
          const onText = (text: string) => {
            kept.push(text);
            context.output(text);
          };
          const end = await run({ signal, onText });
          return presentResult(kept.finish(), end, timeoutMs, rejected);
        }),
      ),
  });

function presentJob({ id, pid, log, kept }: StartedJob, rejected: readonly string[]): ToolOutput {
  const { text, cut } = textOf(kept);
  const facts = [
    `job ${id} goes on in the background`,
    `its output is in ${log}: look at it with run_shell "tail -n 50 ${log}"`,
    `end it with run_shell "kill -TERM -${pid}"; it ends with the conversation at the latest`,
    ...(rejected.length > 0 ? [`environment not passed on: ${rejected.join(", ")}`] : []),
  ];
  return { output: `${onOwnLine(text)}(${facts.join("; ")})`, ...(cut && { truncated: cut }) };
}

async function findShell(): Promise<string> {
  for (const shell of ["/bin/bash", "/usr/bin/bash", "/bin/sh"]) {
    try {
      await access(shell, constants.X_OK);
      return shell;
    } catch (error) {
      if (codeOf(error) === undefined) throw error;
    }
  }
  throw new Refusal("There is no shell on this system (neither bash nor /bin/sh): use run_command.");
}
