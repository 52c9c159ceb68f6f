/** `chat.*`: sending, following and stopping conversations. */
import type { Sessions } from "@dispatch/session-orchestrator/ports";
import { clientFrames } from "@dispatch/wire";
import { operations } from "../operations.ts";
import { answered, defineOp } from "../ports.ts";

/** `ok` first, then the turn's events from its first record on, unless the conversation is followed already. */
export const chatSend = (sessions: Sessions) =>
  defineOp({
    schema: clientFrames["chat.send"],
    scope: operations["chat.send"],
    async handle({ type: _type, id, idempotencyKey, ...body }, connection) {
      connection.assertRoomFor(body.conversationId);
      const sent = await sessions.send(body, connection.call(idempotencyKey));
      const { conversationId, turnId, messageId, seq, cursor, before } = sent;
      connection.send({ type: "ok", id, conversationId, turnId, messageId, seq, cursor });
      if (connection.caller.scopes.has("read")) void connection.follow(conversationId, before);
      return answered;
    },
  });

export const chatSubscribe = defineOp({
  schema: clientFrames["chat.subscribe"],
  scope: operations["chat.subscribe"],
  async handle({ id, conversationId, after }, connection) {
    await connection.subscribe(conversationId, { id, after });
    return answered;
  },
});

export const chatUnsubscribe = defineOp({
  schema: clientFrames["chat.unsubscribe"],
  scope: operations["chat.unsubscribe"],
  async handle({ conversationId }, connection) {
    await connection.unsubscribe(conversationId);
    return undefined;
  },
});

export const chatStop = (sessions: Sessions) =>
  defineOp({
    schema: clientFrames["chat.stop"],
    scope: operations["chat.stop"],
    handle: async ({ conversationId, turnId }) => ({ ...(await sessions.stop(conversationId, turnId)) }),
  });
