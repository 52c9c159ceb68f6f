/** One call from its turn in the queue to its answer: checked, allowed, announced, run, looked over. */
import type { ToolOutcome } from "@dispatch/wire";
import type { Validation } from "../contracts/schema.ts";
import type { ToolContext, ToolOutput } from "../contracts/tool.ts";
import type { ToolCallRequest } from "../contracts/turn.ts";
import type { Call, Runnable } from "./calls.ts";
import { checkArguments, describeIssues } from "./check.ts";
import { messageOf } from "./failure.ts";
import { createLiveOutput } from "./live-output.ts";
import type { TurnScope } from "./scope.ts";
import { type Cut, cut, type Stop, type StopCause } from "./stop.ts";

/** The answer to a call before it is shortened and recorded. */
export interface CallAnswer extends ToolOutput {
  readonly outcome: ToolOutcome;
  /** Of the run itself; absent when it was not run. */
  readonly durationMs?: number;
}

export const failed = (output: string): CallAnswer => ({ output, isError: true, outcome: "error" });

const causes = {
  aborted: "the turn was aborted",
  timeout: "the turn's time limit was reached",
  error: "the turn failed",
} as const satisfies Record<StopCause, string>;

/** The answer to a call the stop came before: `run` says how far it got. */
export function stoppedCall({ cause = "aborted" }: Stop, run: "not-run" | "cut-short"): CallAnswer {
  const output = run === "not-run" ? `Not run: ${causes[cause]}.` : `Cut short: ${causes[cause]}. ${remains}`;
  return { output, isError: true, outcome: outcomeOf(cause) };
}
const remains = "What it did until then stays done.";
const outcomeOf = (cause: StopCause): ToolOutcome => (cause === "timeout" ? "timeout" : "aborted");

/** Answers a call, whatever happens: never rejects, and never later than the grace period after a stop. */
export async function runCall(
  turn: TurnScope,
  stepId: string,
  call: Call,
  runnable: Runnable,
): Promise<CallAnswer> {
  const { stop } = turn;
  const { callId, name, input, target } = call;
  const request: ToolCallRequest = {
    callId,
    stepId,
    name,
    input,
    ...(target === undefined ? {} : { target }),
  };
  try {
    const allowed = await allow(turn, request, runnable);
    if ("outcome" in allowed) return allowed;
    await turn.commit({ type: "tool-start", stepId, callId });
    if (stop.cause !== undefined) return stoppedCall(stop, "not-run");
    return await execute(turn, request, runnable, allowed.value);
  } catch (error) {
    return failed(messageOf(error));
  }
}

type Allowed = { readonly value: unknown };

/** The arguments to run it with, or the answer of a call that may not run. */
async function allow(
  turn: TurnScope,
  request: ToolCallRequest,
  runnable: Runnable,
): Promise<CallAnswer | Allowed> {
  const { stop, input } = turn;
  const check = async (validation: Validation | Promise<Validation>): Promise<CallAnswer | Allowed> => {
    const checked = await stop.race(validation);
    if (stop.cause !== undefined || checked === cut) return stoppedCall(stop, "not-run");
    return checked.ok ? { value: checked.value } : failed(describeIssues(checked.issues));
  };

  const checked = await check(runnable.checked);
  if ("outcome" in checked || input.beforeTool === undefined) return checked;
  try {
    const verdict = await stop.race(input.beforeTool(request, stop.signal));
    if (stop.cause !== undefined || verdict === cut) return stoppedCall(stop, "not-run");
    if (!verdict.allow) {
      const { output, outcome = "denied" } = verdict;
      return { output: typeof output === "string" ? output : "Not allowed.", isError: true, outcome };
    }
    return verdict.input === request.input
      ? checked
      : await check(checkArguments(runnable.tool, verdict.input));
  } catch (error) {
    if (stop.cause !== undefined) return stoppedCall(stop, "not-run");
    input.log.warn("a tool call was refused because the check before it failed", { callId: request.callId });
    return { output: `Not allowed: ${messageOf(error)}`, isError: true, outcome: "denied" };
  }
}

async function execute(
  turn: TurnScope,
  request: ToolCallRequest,
  { tool }: Runnable,
  value: unknown,
): Promise<CallAnswer> {
  const { stop, input } = turn;
  const { ids, clock, limits, cwd, dirs, env, log } = input;
  const { callId, stepId } = request;
  const startedAt = clock.now();
  const live = createLiveOutput({
    callId,
    stepId,
    limit: limits.liveOutput,
    delta: turn.delta,
    progress: input.sink.progress,
  });
  const { conversationId, turnId } = ids;
  const { signal } = stop;
  const context: ToolContext = {
    conversationId,
    turnId,
    stepId,
    callId,
    cwd,
    ...(dirs === undefined ? {} : { dirs }),
    env,
    signal,
    log,
    output: live.write,
  };

  const ran = await stop.raceGrace(outputOf(() => tool.tool.execute(value, context)));
  live.close();
  const durationMs = Math.max(0, clock.now() - startedAt);
  const gaveUp = ran === cut || (ran.threw && stop.cause !== undefined);
  const output = gaveUp ? cut : await lookOver(turn, request, ran.output);
  if (output === cut) return { ...stoppedCall(stop, "cut-short"), durationMs };
  const outcome = stop.cause !== undefined ? outcomeOf(stop.cause) : output.isError ? "error" : "ok";
  return { ...output, outcome, durationMs };
}

/** What a tool gave, made sound: a throw and garbage are error results. */
async function outputOf(
  run: () => Promise<ToolOutput> | ToolOutput,
): Promise<{ output: ToolOutput; threw: boolean }> {
  try {
    return { output: sound(await run()) ?? failedOutput(noText), threw: false };
  } catch (error) {
    return { output: failedOutput(messageOf(error)), threw: true };
  }
}

const noText = "The tool gave no text. This is a fault of the tool.";
const failedOutput = (output: string): ToolOutput => ({ output, isError: true });

function sound(given: unknown): ToolOutput | undefined {
  if (typeof given !== "object" || given === null) return undefined;
  const { output, isError, truncated } = given as Readonly<Record<string, unknown>>;
  return typeof output === "string"
    ? { output, isError: isError === true, truncated: truncated === true }
    : undefined;
}

/** `afterTool` may replace the output; when it fails the original stays. */
async function lookOver(
  turn: TurnScope,
  request: ToolCallRequest,
  output: ToolOutput,
): Promise<ToolOutput | Cut> {
  const { stop, input } = turn;
  if (input.afterTool === undefined) return output;
  try {
    const replaced = await stop.raceGrace(input.afterTool(request, output, stop.signal));
    return replaced === cut ? cut : (sound(replaced) ?? output);
  } catch (error) {
    input.log.warn("a tool result was kept as it is because the look at it failed", {
      reason: messageOf(error),
    });
    return output;
  }
}
