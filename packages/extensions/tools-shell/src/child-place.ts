/** What both tools need to start something: its folder, opened and checked, and its environment with the marks in it. */
import type { Timers, ToolContext } from "@dispatch/kernel";
import { childEnvironment, type Environment, markOf } from "./environment.ts";
import type { ShellToolSettings } from "./manifest.ts";
import type { Marks } from "./marks.ts";
import type { ProcessGroups } from "./process-groups.ts";
import { openStartFolder, type StartFolder } from "./start-folder.ts";

export interface CommandDeps {
  readonly after: Timers["after"];
  readonly groups: ProcessGroups;
  /** The server's environment, of which a part is inherited. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Of the data folder: see `homeMarker`. */
  readonly homeId: string;
  readonly marks: Marks;
}

export interface ChildPlace {
  readonly folder: StartFolder;
  readonly env: Environment;
  /** Names of the conversation's environment that are not passed on. */
  readonly rejected: readonly string[];
}

/** Runs `work` with a place to start in; the folder is closed when it settles. Throws a Refusal. */
export async function inChildPlace<T>(
  settings: ShellToolSettings,
  deps: CommandDeps,
  context: ToolContext,
  asked: string,
  work: (place: ChildPlace) => Promise<T>,
): Promise<T> {
  const { conversationId, callId, turnId } = context;
  const folder = await openStartFolder(context.cwd, asked, context.dirs);
  try {
    const { env, rejected } = childEnvironment({
      server: deps.env,
      allow: [...settings.envAllow, ...settings.extraEnv],
      additions: context.env,
      conversationId,
      callId,
      homeId: deps.homeId,
    });
    deps.marks.add(turnId, markOf({ conversationId, callId }));
    return await work({ folder, env: { ...env, PWD: folder.real }, rejected });
  } finally {
    await folder.close();
  }
}
