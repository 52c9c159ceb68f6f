/** The turn: steps until one calls no tool. */
import type { RunTurn, TurnEnd } from "../contracts/turn.ts";
import { askPlan, askStepDone, drainSteering } from "./callbacks.ts";
import { messageOf, recordedError, toTurnError } from "./failure.ts";
import { openScope, type TurnScope } from "./scope.ts";
import { abandonStep, resumeStep, runStep, type StepResult } from "./step.ts";

/**
 * Runs one turn and says how it ended. Never rejects. When it resolves all its records are stored, in an order in which every
 * prefix is a history that can be repaired in place; nothing is committed or shown later, whatever provider and tools still
 * do. `limits.maxSteps` counts from step 0; `steps`, `usage` and `messages` of the outcome are those of this call.
 */
export const runTurn: RunTurn = async (input) => {
  const { clock, log } = input;
  const startedAt = clock.now();
  const turn = openScope(input);
  let end: TurnEnd | undefined;
  try {
    end = await takeSteps(turn);
  } catch (thrown) {
    log.error("a turn failed that should not have", { reason: messageOf(thrown) });
    turn.fail(toTurnError(thrown, "internal"));
  }
  if (input.resume !== undefined && turn.steps === 0) abandonStep(turn, input.firstStep ?? 0, input.resume);
  if (turn.error !== undefined)
    void turn.commit({ type: "error", ...turn.place, ...recordedError(turn.error) });
  await turn.flushed();
  turn.stop.close();
  return {
    ...endOf(turn, end),
    ...(turn.error === undefined ? {} : { error: turn.error }),
    messages: turn.messages,
    usage: turn.usage.total,
    contextSize: turn.usage.contextSize,
    steps: turn.steps,
    durationMs: Math.max(0, clock.now() - startedAt),
  };
};

/** A failure counts before what stopped the turn, and that before how it came to its end. */
function endOf({ error, stop, input }: TurnScope, end: TurnEnd | undefined): TurnEnd {
  if (error !== undefined) return { reason: "error" };
  if (stop.cause === "timeout")
    return {
      reason: "timeout",
      detail: `The turn's time limit of ${input.limits.timeoutMs} ms was reached.`,
    };
  return stop.cause === undefined && end !== undefined ? end : { reason: stop.cause ?? "error" };
}

/** Undefined when the turn was stopped. */
async function takeSteps(turn: TurnScope): Promise<TurnEnd | undefined> {
  const { firstStep = 0, limits, resume } = turn.input;
  for (let number = firstStep; ; number++) {
    if (number >= limits.maxSteps)
      return { reason: "max-steps", detail: `Stopped after ${limits.maxSteps} steps, the limit of a turn.` };
    if (number > firstStep) await drainSteering(turn);
    const plan = await askPlan(turn, number);
    if (plan === undefined) return undefined;
    const resumed = number === firstStep ? resume : undefined;
    const step = resumed ? await resumeStep(turn, number, plan, resumed) : await runStep(turn, number, plan);
    if (step === undefined) return undefined;
    const wanted = await askStepDone(turn, step);
    if (turn.stop.cause !== undefined) return undefined;
    // An answer without calls is complete: what the callback wants stopped has stopped by itself.
    const end = step.calls === 0 ? completedBy(step) : (repeatedIn(turn) ?? wanted);
    if (end !== undefined) return end;
  }
}

const cutAnswers: Partial<Record<string, string>> = {
  length: "The answer was cut at the model's output limit.",
  "content-filter": "The answer was cut by the provider's content filter.",
};

function completedBy({ finish }: StepResult): TurnEnd {
  const detail = finish === undefined ? undefined : cutAnswers[finish];
  return { reason: "completed", ...(detail === undefined ? {} : { detail }) };
}

function repeatedIn({ repetition, input }: TurnScope): TurnEnd | undefined {
  if (repetition.stoppedAt === undefined) return undefined;
  const detail = `"${repetition.stoppedAt}" was called ${input.limits.repeatedCalls} times in a row with the same arguments.`;
  return { reason: "repeated-calls", detail };
}
