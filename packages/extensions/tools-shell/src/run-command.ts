/** The tool `run_command`: one program with its arguments, without a shell. */
import { realpath } from "node:fs/promises";
import { isAbsolute } from "node:path";
import { defineTool } from "@dispatch/kernel";
import * as z from "zod";
import { type CommandDeps, inChildPlace } from "./child-place.ts";
import { findRefused, programFolders } from "./guard-arguments.ts";
import { createHeadTail } from "./head-tail.ts";
import type { ShellToolSettings } from "./manifest.ts";
import { explainStart, presentResult } from "./present-result.ts";
import { answering, codeOf, Refusal } from "./refusal.ts";
import { runProcess } from "./run-process.ts";
import type { StartFolder } from "./start-folder.ts";

const maxArguments = 1_000;
const maxArgumentBytes = 131_072;

const argvSchema = z
  .array(z.string())
  .min(1)
  .refine((argv) => argv[0] !== "", "The first item names the program: it cannot be empty.")
  .refine((argv) => argv.length <= maxArguments, `At most ${maxArguments} items.`)
  .refine((argv) => !argv.some((item) => item.includes("\0")), "No item can hold a NUL character.")
  .refine(
    (argv) => argv.reduce((sum, item) => sum + Buffer.byteLength(item) + 1, 0) <= maxArgumentBytes,
    `At most ${maxArgumentBytes} bytes in all.`,
  );

const createParameters = ({ timeoutMs, maxTimeoutMs }: ShellToolSettings) =>
  z.strictObject({
    argv: argvSchema.describe('The program and its arguments, one item each: ["git", "log", "-1"].'),
    cwd: z
      .string()
      .min(1)
      .optional()
      .describe("Folder to start in, relative to the working directory. Default: that itself."),
    timeoutMs: z
      .int()
      .min(1)
      .max(maxTimeoutMs)
      .optional()
      .describe(`Time after which it is stopped, in milliseconds. Default ${timeoutMs}.`),
  });

export const createRunCommand = (settings: ShellToolSettings, deps: CommandDeps) =>
  defineTool({
    description:
      "Runs a program in the working directory and returns what it printed (stdout and stderr as they came) and its exit code. " +
      "There is no shell: no pipes, globs, variables, && or redirections. It gets no input, and it and the processes it " +
      "started are ended with it: nothing goes on in the background. Of a long output the beginning and the end are kept.",
    parameters: createParameters(settings),
    kind: "execute",
    concurrencySafe: false,
    target: ({ argv }) => shorten(argv.join(" ")),
    execute: ({ argv, cwd = ".", timeoutMs = settings.timeoutMs }, context) =>
      answering(() =>
        inChildPlace(settings, deps, context, cwd, async ({ folder, env, rejected }) => {
          if (settings.pathGuard)
            await guard(argv, folder, [...settings.roots, ...(context.dirs ?? [])], env.PATH);
          context.signal.throwIfAborted();
          const kept = createHeadTail(settings.outputBytes);
          const end = await runProcess({
            argv,
            cwd: folder.path,
            env,
            timeoutMs,
            killGraceMs: settings.killGraceMs,
            signal: context.signal,
            after: deps.after,
            groups: deps.groups,
            onText(text) {
              kept.push(text);
              context.output(text);
            },
          }).catch((error: unknown) => {
            throw explainStart(error, argv);
          });
          return presentResult(kept.finish(), end, timeoutMs, rejected);
        }),
      ),
  });

async function guard(
  argv: readonly string[],
  folder: StartFolder,
  extraRoots: readonly string[],
  path: string | undefined,
): Promise<void> {
  const roots = [folder.realCwd, ...(await realRoots(extraRoots))];
  const refused = await findRefused(argv, folder.real, { roots, programs: await programFolders(path) });
  if (refused === undefined) return;
  const what = refused.index === 0 ? "program" : "argument";
  throw new Refusal(
    `The ${what} "${shorten(refused.argument)}" names a place outside the working directory ${folder.realCwd}. ` +
      "Commands work inside it; programs are started by their name, or by a path inside it.",
  );
}

/** Those of the configured roots that exist. */
async function realRoots(roots: readonly string[]): Promise<readonly string[]> {
  const found = await Promise.all(
    roots.filter(isAbsolute).map(async (root) => {
      try {
        return await realpath(root);
      } catch (error) {
        if (codeOf(error) === undefined) throw error;
        return undefined;
      }
    }),
  );
  return found.filter((root) => root !== undefined);
}

/** For people: the beginning of a command. */
export const shorten = (text: string): string => (text.length <= 200 ? text : `${text.slice(0, 199)}…`);
