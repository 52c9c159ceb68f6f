/** Plays the steps of a reply as a stream of `chat.completion.chunk` events. */
import { createBodyWriter, pause, settled } from "./body-writer.ts";
import { chunkEncoder } from "./chunk-encoder.ts";
import { addDelta, callDeltas, cutText, type Delta } from "./deltas.ts";
import type { Exchange } from "./exchange.ts";
import type { SentReply } from "./records.ts";
import type { FirehoseStep, Pace, Step, StepsReply } from "./reply.ts";
import { finishOf, givenUsage, usageOf } from "./usage.ts";

/** Streams `reply`; returns how it ended. */
export async function playStream(reply: StepsReply, exchange: Exchange): Promise<SentReply["outcome"]> {
  const { response, sent, gone, request } = exchange;
  const out = createBodyWriter(response, gone, reply.splitBytes);
  const wantsUsage = request.body.stream_options?.include_usage === true;
  const encode = chunkEncoder(request.body.model, wantsUsage);
  let opened = false;

  response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8", ...reply.headers });
  response.flushHeaders();
  sent.status = 200;
  exchange.changed();

  const wait = async (ms: number | undefined): Promise<void> => {
    if (ms === undefined || ms <= 0) return;
    await out.flush();
    await pause(ms, gone);
  };

  const open = async (content: "" | null): Promise<void> => {
    if (opened) return;
    opened = true;
    await out.write(encode({ delta: { role: "assistant", content, refusal: null } }));
  };

  const say = async (delta: Delta): Promise<void> => {
    await open(delta.tool_calls === undefined ? "" : null);
    gone.throwIfAborted();
    addDelta(sent, delta);
    await out.write(encode({ delta }));
    exchange.changed();
  };

  const sayAll = async (deltas: readonly Delta[], pace: Pace): Promise<void> => {
    await wait(pace.delayMs);
    for (const [index, delta] of deltas.entries()) {
      if (index > 0) await wait(pace.everyMs);
      await say(delta);
    }
  };

  const hose = async ({ firehose }: FirehoseStep): Promise<void> => {
    const { deltas, text, perWrite = 32, everyMs } = firehose;
    await open("");
    const one = encode({ delta: { content: text } });
    const batch = Buffer.from(one.repeat(perWrite));
    const said = text.repeat(perWrite);
    for (let left = deltas; left > 0; left -= perWrite) {
      gone.throwIfAborted();
      sent.text += left >= perWrite ? said : text.repeat(left);
      await out.write(left >= perWrite ? batch : one.repeat(left));
      exchange.changed();
      if (left > perWrite) await wait(everyMs);
    }
  };

  /** True when the step ended the stream. */
  const playStep = async (step: Step): Promise<boolean> => {
    if ("text" in step)
      await sayAll(
        cutText(step.text, step).map((content) => ({ content })),
        step,
      );
    else if ("reasoning" in step)
      await sayAll(
        cutText(step.reasoning, step).map((piece) => ({ reasoning_content: piece })),
        step,
      );
    else if ("toolCalls" in step) await sayAll(callDeltas(step, sent.toolCalls.length), step);
    else if ("firehose" in step) await hose(step);
    else if ("raw" in step) await out.write(step.raw);
    else if ("silenceMs" in step) await out.flush().then(() => pause(step.silenceMs, gone));
    else if ("heldUntil" in step) await out.flush().then(() => settled(step.heldUntil, gone));
    else if ("cut" in step) {
      sent.outcome = "cut";
      return out.cut().then(() => true);
    } else if ("errorEvent" in step) {
      await out.write(`data: ${JSON.stringify({ error: step.errorEvent })}\n\n`);
      return out.end().then(() => true);
    } else if ("end" in step && step.end === "no-finish") return out.end().then(() => true);
    return false;
  };

  for (const step of reply.steps) if (await playStep(step)) return "cut";
  await open("");
  sent.finish = finishOf(reply.steps, sent);
  await out.write(encode({ delta: {}, finish: sent.finish }));
  const given = givenUsage(reply.steps);
  if (wantsUsage && given !== null) {
    sent.usage = usageOf(request.body, sent, given);
    await out.write(encode({ usage: sent.usage }));
  }
  const unfinished = reply.steps.some((step) => "end" in step);
  if (!unfinished) await out.write("data: [DONE]\n\n");
  await out.end();
  return unfinished ? "cut" : "complete";
}
