/** What a turn asks of its caller between steps. A callback that throws or rejects fails the turn. */
import type { StepPlan, TurnEnd } from "../contracts/turn.ts";
import { messageOf, toTurnError } from "./failure.ts";
import type { TurnScope } from "./scope.ts";
import type { StepResult } from "./step.ts";
import { cut } from "./stop.ts";
import { steeringMessage } from "./transcript.ts";

/** What step `number` sends; undefined when the turn stopped. */
export function askPlan(turn: TurnScope, number: number): Promise<StepPlan | undefined> {
  return ask(turn, "plan-failed", () => turn.input.plan(number));
}

/** The end the caller wants, if any. */
export function askStepDone(turn: TurnScope, { stepId, usage }: StepResult): Promise<TurnEnd | undefined> {
  const { contextSize } = turn.usage;
  return ask(turn, "step-callback-failed", () => turn.input.stepDone?.({ stepId, usage, contextSize }));
}

async function ask<T>(turn: TurnScope, code: string, call: () => Promise<T> | T): Promise<T | undefined> {
  const { stop } = turn;
  if (stop.cause !== undefined) return undefined;
  try {
    const answer = await stop.race(call());
    return answer === cut || stop.cause !== undefined ? undefined : answer;
  } catch (thrown) {
    turn.fail(toTurnError(thrown, code));
    return undefined;
  }
}

/** What was drained is gone from its queue, so it is recorded even when the turn stops meanwhile. */
export async function drainSteering(turn: TurnScope): Promise<void> {
  const { stop, input } = turn;
  if (stop.cause !== undefined || input.drainSteering === undefined) return;
  try {
    const drained = await stop.raceGrace(input.drainSteering());
    if (drained === cut) {
      input.log.warn("the turn stopped before its steering messages came", { turnId: input.ids.turnId });
      return;
    }
    if (drained.length === 0) return;
    turn.messages.push(...drained.map(steeringMessage));
    await turn.commit({
      type: "steering",
      ...turn.place,
      messages: drained.map((message) => ({ ...message })),
    });
  } catch (thrown) {
    input.log.error("steering messages could not be taken", { reason: messageOf(thrown) });
    turn.fail(toTurnError(thrown, "steering-failed"));
  }
}
