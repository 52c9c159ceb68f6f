/** Plays the steps of a reply as one JSON completion, for requests without `stream`. */
import { pause, settled } from "./body-writer.ts";
import { newEnvelope } from "./chunk-encoder.ts";
import { addDelta, callDeltas } from "./deltas.ts";
import { type Exchange, sendJson } from "./exchange.ts";
import { emptyReply, type SentReply } from "./records.ts";
import type { Step, StepsReply } from "./reply.ts";
import { finishOf, givenUsage, usageOf } from "./usage.ts";

/** Waits as the steps say, then sends the whole completion; returns how it ended. */
export async function playWhole(reply: StepsReply, exchange: Exchange): Promise<SentReply["outcome"]> {
  const { sent, request, gone } = exchange;
  const said = emptyReply(request.index);
  for (const step of reply.steps) {
    await pauseFor(step, gone);
    if ("cut" in step) {
      sent.outcome = "cut";
      exchange.response.destroy();
      return "cut";
    }
    if ("errorEvent" in step) {
      await sendJson(exchange, 500, { error: step.errorEvent });
      return "cut";
    }
    collect(step, said);
  }
  const { text, reasoning, toolCalls } = said;
  const finish = finishOf(reply.steps, said);
  const given = givenUsage(reply.steps);
  const usage = given === null ? null : usageOf(request.body, said, given);
  const message = {
    role: "assistant",
    content: text === "" ? null : text,
    refusal: null,
    ...(reasoning === "" ? {} : { reasoning_content: reasoning }),
    ...(toolCalls.length === 0 ? {} : { tool_calls: toolCalls.map(wholeCall) }),
  };
  const completion = {
    object: "chat.completion",
    ...newEnvelope(request.body.model),
    choices: [{ index: 0, message, logprobs: null, finish_reason: finish }],
    ...(usage === null ? {} : { usage }),
  };
  Object.assign(sent, { text, reasoning, finish, usage });
  sent.toolCalls.push(...toolCalls);
  await sendJson(exchange, 200, completion, reply.headers);
  return "complete";
}

async function pauseFor(step: Step, gone: AbortSignal): Promise<void> {
  if ("silenceMs" in step) return pause(step.silenceMs, gone);
  if ("heldUntil" in step) return settled(step.heldUntil, gone);
  if ("delayMs" in step && step.delayMs !== undefined && step.delayMs > 0) await pause(step.delayMs, gone);
}

function collect(step: Step, said: SentReply): void {
  if ("text" in step) addDelta(said, { content: step.text });
  else if ("reasoning" in step) addDelta(said, { reasoning_content: step.reasoning });
  else if ("firehose" in step) addDelta(said, { content: step.firehose.text.repeat(step.firehose.deltas) });
  else if ("toolCalls" in step)
    for (const delta of callDeltas(step, said.toolCalls.length)) addDelta(said, delta);
}

function wholeCall({ id, name, arguments: args }: SentReply["toolCalls"][number]): object {
  return { id, type: "function", function: { name, arguments: args } };
}
