/** Plays any reply: as a stream, as one completion, or as the plain response it is. */
import { pause } from "./body-writer.ts";
import { type Exchange, sendJson } from "./exchange.ts";
import { playStream } from "./play-stream.ts";
import { playWhole } from "./play-whole.ts";
import type { Reply } from "./reply.ts";

/** Plays `reply`; rejects when the client leaves before it is over. */
export async function play(reply: Reply, exchange: Exchange): Promise<void> {
  if (reply.holdMs !== undefined) await pause(reply.holdMs, exchange.gone);
  if (!("steps" in reply)) {
    await sendJson(exchange, reply.status, reply.body ?? {}, reply.headers);
    exchange.sent.outcome = "complete";
    return;
  }
  const first = reply.steps[0];
  if (first !== undefined && "cut" in first) {
    exchange.sent.outcome = "cut";
    exchange.response.destroy();
    return;
  }
  const outcome = await (exchange.request.body.stream === true
    ? playStream(reply, exchange)
    : playWhole(reply, exchange));
  exchange.sent.outcome = outcome;
}
