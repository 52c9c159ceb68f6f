/**
 * The tool `spawn`: a child conversation works on a prompt of its own; its last text is the result. The child's id comes from
 * the call, so a call that runs again after a crash waits for the child it had started instead of starting another.
 */
import { defineTool, type ToolContext, type ToolOutput } from "@dispatch/kernel";
import type { Activity, Sessions } from "@dispatch/session-orchestrator/ports";
import { type ChatBody, isDispatchError, type Settings } from "@dispatch/wire";
import * as z from "zod";
import { childFolder } from "./child-folder.ts";
import { childIdOf } from "./child-id.ts";
import type { SpawnSettings } from "./manifest.ts";
import { type TurnResult, waitForTurn } from "./wait-for-turn.ts";

const parameters = z.strictObject({
  prompt: z
    .string()
    .min(1)
    .max(200_000)
    .describe("What the child is to do. It sees nothing else of this conversation."),
  model: z
    .string()
    .min(1)
    .max(256)
    .optional()
    .describe("Model of the child. Default: the one that runs now."),
  cwd: z
    .string()
    .min(1)
    .max(4_096)
    .optional()
    .describe("Its working folder, inside this one. Default: this one."),
});

export interface SpawnParts {
  readonly sessions: Sessions;
  readonly activity: Activity;
  readonly settings: SpawnSettings;
}

export function createSpawn(parts: SpawnParts) {
  /** Calls that wait for a child now, by parent. */
  const running = new Map<string, number>();
  return defineTool({
    description:
      "Gives a task to a child conversation with a fresh context and the same tools, waits for its end and returns its last text. " +
      "Calls in one step run side by side. The child cannot see this conversation: put all it needs into the prompt.",
    parameters,
    // It changes nothing itself; what the child does is asked for there, by the same rules.
    kind: "read",
    concurrencySafe: true,
    repeatable: true,
    onlyWaits: true,
    target: ({ prompt }) => prompt.replaceAll(/\s+/g, " ").slice(0, 80),
    async execute(input, context) {
      const { conversationId } = context;
      const count = running.get(conversationId) ?? 0;
      if (count >= parts.settings.maxRunning)
        return refused(`${count} children run already, and that is the most at once. Wait for one to end.`);
      running.set(conversationId, count + 1);
      try {
        return await runChild(parts, input, context);
      } finally {
        const left = (running.get(conversationId) ?? 1) - 1;
        if (left === 0) running.delete(conversationId);
        else running.set(conversationId, left);
      }
    },
  });
}

const refused = (why: string): ToolOutput => ({ output: `Not spawned: ${why}`, isError: true });

async function runChild(
  parts: SpawnParts,
  input: z.infer<typeof parameters>,
  context: ToolContext,
): Promise<ToolOutput> {
  const { sessions } = parts;
  const { conversationId, turnId, callId, signal } = context;
  const id = childIdOf(conversationId, turnId, callId);
  if (!(await exists(sessions, id))) {
    const why = await start(parts, id, input, context);
    if (why !== undefined) return refused(why);
  }
  context.output(`child conversation ${id}\n`);
  const stop = (): void => {
    // Left to itself by a stop of the server: this call runs again and finds the child.
    if (isSuspension(signal.reason)) return;
    sessions.stop(id).catch((error: unknown) => {
      context.log.warn("a child could not be stopped with its parent", { child: id, error: String(error) });
    });
  };
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  try {
    let result = await waitForTurn(sessions, id, signal);
    // Its viewers end also when its store fails; then it is read anew, and its turn has an end.
    while (!result && (await exists(sessions, id))) result = await waitForTurn(sessions, id, signal);
    return outputOf(id, result);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

const isSuspension = (reason: unknown): boolean => reason instanceof Error && reason.message === "suspended";

async function exists(sessions: Sessions, id: string): Promise<boolean> {
  try {
    await sessions.status(id);
    return true;
  } catch (error) {
    if (isDispatchError(error) && error.code === "conversation-not-found") return false;
    throw error;
  }
}

/** The child and its turn in one batch. Gives why it was not started. */
async function start(
  { sessions, activity, settings }: SpawnParts,
  id: string,
  { prompt, model, cwd }: z.infer<typeof parameters>,
  context: ToolContext,
): Promise<string | undefined> {
  const { conversationId } = context;
  const { maxDepth, timeoutMs } = settings;
  const depth = await depthOf(sessions, conversationId, maxDepth);
  if (depth >= maxDepth)
    return `this conversation is ${depth} levels deep, and ${maxDepth} is the most. Do it here.`;
  const folder = await childFolder(context.cwd, cwd);
  if (folder === undefined) return `${cwd} is not a folder inside the working folder.`;
  const turn = activity.of(conversationId);
  if (turn?.turnId !== context.turnId) return "this turn is over.";
  const { workspace } = await sessions.get(conversationId);
  const body: ChatBody = {
    conversationId: id,
    message: prompt,
    parentId: conversationId,
    parentCallId: context.callId,
    model: model ?? turn.model,
    cwd: folder,
    ...inherited(turn.settings),
    ...(workspace === undefined ? {} : { workspace }),
    ...(timeoutMs === 0 ? {} : { timeoutMs }),
    ...(Object.keys(context.env).length === 0 ? {} : { env: { ...context.env } }),
  };
  try {
    await sessions.send(body, { credential: `spawn:${conversationId}` });
    return undefined;
  } catch (error) {
    if (!isDispatchError(error)) throw error;
    const { fix } = error.details;
    return fix === undefined ? error.message : `${error.message} ${fix}`;
  }
}

/** What a parent may do, and no more: how its calls are decided on, its folders, its limits. */
const inherited = ({ approvals, dirs, effort, maxCostUsd, maxSteps }: Settings) => ({
  ...(approvals === undefined ? {} : { approvals }),
  ...(dirs === undefined ? {} : { dirs }),
  ...(effort === undefined ? {} : { effort }),
  ...(maxCostUsd === undefined ? {} : { maxCostUsd }),
  ...(maxSteps === undefined ? {} : { maxSteps }),
});

/** Levels above it, counted no further than `most`. A parent that is gone counts as a root. */
async function depthOf(sessions: Sessions, id: string, most: number): Promise<number> {
  let depth = 0;
  for (let each: string | undefined = id; depth < most; depth++) {
    const { parentId } = await sessions.get(each);
    if (parentId === undefined || !(await exists(sessions, parentId))) return depth;
    each = parentId;
  }
  return depth;
}

/** What the parent gets: success, failure and time-out alike. */
function outputOf(id: string, result: TurnResult | undefined): ToolOutput {
  if (!result) return { output: `The child conversation ${id} was deleted.`, isError: true };
  const { reason, text, detail } = result;
  if (reason === "completed") return { output: text === "" ? "(the child ended without a text)" : text };
  const why = detail === undefined ? "" : ` ${detail}`;
  const last = text === "" ? "It left no text." : `Its last text:\n${text}`;
  return { output: `The child conversation ${id} ended: ${reason}.${why} ${last}`, isError: true };
}
