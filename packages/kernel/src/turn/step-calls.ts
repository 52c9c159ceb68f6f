/** The calls of one step: taken from the answer, recorded, handed to the dispatcher, answered exactly once each. */
import type { ProviderEvent } from "../contracts/provider.ts";
import type { ReadyTool, ResumedCall } from "../contracts/turn.ts";
import { type Call, prepareCall, type ResultChunk } from "./calls.ts";
import { createDispatcher } from "./dispatch.ts";
import { type CallAnswer, failed, runCall, stoppedCall } from "./execute.ts";
import type { TurnScope } from "./scope.ts";
import { truncateOutput } from "./truncate.ts";

export interface StepCalls {
  readonly count: number;
  /** Records the call and has it run, or answers it at once when it cannot be. */
  take(event: Extract<ProviderEvent, { type: "tool-call" }>): Call;
  /** Takes up a call that is recorded already: one without its result is run, or answered at once when it cannot be. */
  resume(call: ResumedCall): void;
  /** Takes up a call that is recorded already and that the stop came before: one without its result is answered so. */
  abandon(call: ResumedCall): void;
  /** The answer is over: resolves when every call has its result queued to be stored. */
  settle(): Promise<void>;
  /** In call order. */
  results(): ResultChunk[];
}

export function createStepCalls(
  turn: TurnScope,
  step: { readonly number: number; readonly stepId: string; readonly tools: readonly ReadyTool[] },
): StepCalls {
  const { input, stop, repetition } = turn;
  const { number, stepId } = step;
  const tools = new Map(step.tools.map((tool) => [tool.name, tool]));
  const calls: Call[] = [];
  const results = new Map<string, ResultChunk>();

  const dispatcher = createDispatcher<Call>({
    policy: input.dispatch,
    stop,
    isExclusive: ({ runnable }) => runnable?.tool.tool.concurrencySafe === false,
    async run(call) {
      if (call.runnable !== undefined) answer(call, await runCall(turn, stepId, call, call.runnable));
    },
  });

  function answer({ callId, name }: Call, { outcome, isError, durationMs, ...given }: CallAnswer): void {
    const kept = truncateOutput(given.output, input.limits);
    const result: ResultChunk = {
      type: "tool-result",
      callId,
      name,
      output: kept.output,
      isError: isError === true,
      truncated: kept.truncated || given.truncated === true,
      outcome,
    };
    results.set(callId, result);
    void turn.commit({ ...result, stepId, durationMs: durationMs ?? 0 });
  }

  return {
    get count() {
      return calls.length;
    },
    take(event) {
      const call = prepareCall(input.ids.callId(number, calls.length), event, tools, repetition);
      calls.push(call);
      const { callId, name, target, providerData } = call;
      void turn.commit({
        type: "tool-call",
        stepId,
        callId,
        name,
        input: call.input,
        ...(target === undefined ? {} : { target }),
        ...(providerData === undefined ? {} : { providerData }),
      });
      if (call.refusal !== undefined) answer(call, failed(call.refusal));
      else dispatcher.add(call);
      return call;
    },
    resume({ callId, name, input: recorded, target, result }) {
      // Through its text once more: the same checks as when the model gave it.
      const event = { type: "tool-call", name, input: JSON.stringify(recorded) } as const;
      const call = {
        ...prepareCall(callId, event, tools, repetition),
        ...(target === undefined ? {} : { target }),
      };
      calls.push(call);
      if (result !== undefined) results.set(callId, { type: "tool-result", callId, name, ...result });
      else if (call.refusal !== undefined) answer(call, failed(call.refusal));
      else dispatcher.add(call);
    },
    abandon({ callId, name, input: recorded, result }) {
      const call = { callId, name, input: recorded };
      calls.push(call);
      if (result !== undefined) results.set(callId, { type: "tool-result", callId, name, ...result });
      else answer(call, stoppedCall(stop, "not-run"));
    },
    settle() {
      dispatcher.release();
      return dispatcher.idle();
    },
    results: () => calls.flatMap(({ callId }) => results.get(callId) ?? []),
  };
}
