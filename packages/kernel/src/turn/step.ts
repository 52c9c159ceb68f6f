/** One step: what is planned is asked, what is answered is recorded, what is called is run and answered. */
import type { Usage } from "@dispatch/wire";
import type { FinishReason, ProviderRequest } from "../contracts/provider.ts";
import type { ResumedStep, StepPlan } from "../contracts/turn.ts";
import { createBlocks } from "./blocks.ts";
import { recordedError } from "./failure.ts";
import { requestAnswer } from "./request.ts";
import type { TurnScope } from "./scope.ts";
import { createStepCalls } from "./step-calls.ts";
import type { Answer } from "./stream.ts";
import { createAnswerChunks, stepMessages } from "./transcript.ts";

export interface StepResult {
  readonly stepId: string;
  readonly calls: number;
  readonly usage: Usage;
  readonly finish: FinishReason | undefined;
}

/**
 * Undefined when the turn stopped meanwhile; the scope knows why. In any case every recorded call has exactly one result and
 * the step's messages are in the scope.
 */
export async function runStep(
  turn: TurnScope,
  number: number,
  plan: StepPlan,
): Promise<StepResult | undefined> {
  const { stop, input } = turn;
  const stepId = input.ids.stepId(number);
  turn.beginStep(stepId);
  const chunks = createAnswerChunks();
  const calls = createStepCalls(turn, { number, stepId, tools: plan.tools });
  const blocks = createBlocks({
    stepId,
    maxLength: input.limits.blockLength,
    blockId: (index) => input.ids.blockId(number, index),
    delta: turn.delta,
    sealed(block) {
      chunks.addBlock(block);
      void turn.commit({ ...block, stepId });
    },
  });

  const { answer, usage } = await requestAnswer(turn, stepId, {
    request: toRequest(plan, input.ids.conversationId),
    blocks,
    onCall(event) {
      blocks.seal();
      chunks.addCall(calls.take(event));
    },
  });
  if (calls.count > 0) blocks.seal(); // before the results
  if (answer.failure !== undefined) turn.fail(recordedError(answer.failure));
  await calls.settle();
  blocks.seal(); // in the tick of the step's end: one batch
  turn.messages.push(...stepMessages(stepId, chunks.chunks, calls.results()));
  if (stop.cause === undefined)
    await turn.commit({
      type: "step-complete",
      stepId,
      usage,
      ...timesOf(answer),
      finishReason: answer.finish,
    });
  return stop.cause === undefined ? { stepId, calls: calls.count, usage, finish: answer.finish } : undefined;
}

/** As `runStep`, for a step whose answer is recorded: no request, no usage, only its calls. */
export async function resumeStep(
  turn: TurnScope,
  number: number,
  plan: StepPlan,
  { calls: recorded }: ResumedStep,
): Promise<StepResult | undefined> {
  const { stop, input } = turn;
  const stepId = input.ids.stepId(number);
  turn.beginStep(stepId);
  const calls = createStepCalls(turn, { number, stepId, tools: plan.tools });
  for (const call of recorded) calls.resume(call);
  await calls.settle();
  turn.messages.push(...stepMessages(stepId, [], calls.results()));
  const usage = { inputTokens: 0, outputTokens: 0 };
  if (stop.cause === undefined)
    await turn.commit({ type: "step-complete", stepId, usage, ttftMs: 0, decodeMs: 0, totalMs: 0 });
  return stop.cause === undefined ? { stepId, calls: calls.count, usage, finish: "tool-calls" } : undefined;
}

/** For a resumed step when the turn ends before it is begun: its open calls are answered as not run. */
export function abandonStep(turn: TurnScope, number: number, { calls: recorded }: ResumedStep): void {
  const stepId = turn.input.ids.stepId(number);
  turn.beginStep(stepId);
  const calls = createStepCalls(turn, { number, stepId, tools: [] });
  for (const call of recorded) calls.abandon(call);
  turn.messages.push(...stepMessages(stepId, [], calls.results()));
}

const toRequest = (
  { model, system, messages, tools, effort, maxOutputTokens, attachment }: StepPlan,
  conversationId: string,
): ProviderRequest => ({
  model,
  system,
  messages,
  tools: tools.map(({ spec }) => spec),
  effort,
  maxOutputTokens,
  conversationId,
  ...(attachment === undefined ? {} : { attachment }),
});

/** In ms, from the start of the request that was answered. */
function timesOf({ startedAt, firstAt, endedAt }: Answer) {
  const first = firstAt ?? endedAt;
  return {
    ttftMs: Math.max(0, first - startedAt),
    decodeMs: Math.max(0, endedAt - first),
    totalMs: Math.max(0, endedAt - startedAt),
  };
}
