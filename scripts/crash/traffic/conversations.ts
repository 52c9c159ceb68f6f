/** One conversation: turn after turn, with what people do meanwhile. */
import { close, compact, deleteOne, queueUp, stop } from "./side-traffic.ts";
import { follow, send, type Talk } from "./talk.ts";

export async function converse(talk: Talk, conversationId: string): Promise<void> {
  const { client, roll, finishing, wants } = talk;
  for (let turn = 0; !finishing(); turn++) {
    await client.up();
    const turnId = await send(talk, conversationId, `${conversationId}-${turn}`);
    const over = turnId === undefined ? undefined : follow(talk, conversationId);
    if (turnId !== undefined && roll(4) === 0) await stop(talk, conversationId, turnId);
    else if (talk.queue && (wants("queue") || wants("steering") || roll(2) === 0))
      await queueUp(talk, conversationId, `${conversationId}-${turn}`);
    if (turnId !== undefined && roll(16) === 0) await close(talk, conversationId);
    await (over ?? follow(talk, conversationId));
    if (wants("compact") || roll(8) === 0) await compact(talk, conversationId);
    if (wants("delete") || roll(10) === 0) await deleteOne(talk, `${conversationId}-gone-${turn}`);
  }
  await client.up();
  await follow(talk, conversationId);
}
