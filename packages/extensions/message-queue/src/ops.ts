/** WebSocket: `chat.queue` and `chat.queue.cancel`. */
import type { Queues } from "@dispatch/session-orchestrator/ports";
import { answered, defineOp, type OpDefinition } from "@dispatch/transport-ws/ports";
import { clientFrames } from "@dispatch/wire";
import type { opNames } from "./names.ts";

/** By frame type. After `ok` the conversation is followed from the record that holds the message. */
export const queueOps = (queues: Queues): Record<(typeof opNames)[number], OpDefinition> => ({
  "chat.queue": defineOp({
    schema: clientFrames["chat.queue"],
    scope: "write",
    async handle({ type: _type, id, conversationId, idempotencyKey, ...body }, connection) {
      connection.assertRoomFor(conversationId);
      const { before, ...answer } = await queues.offer(conversationId, body, connection.call(idempotencyKey));
      connection.send({ type: "ok", id, conversationId, ...answer });
      if (connection.caller.scopes.has("read")) void connection.follow(conversationId, before);
      return answered;
    },
  }),
  "chat.queue.cancel": defineOp({
    schema: clientFrames["chat.queue.cancel"],
    scope: "write",
    handle: async ({ conversationId, messageId, idempotencyKey }, connection) => ({
      ...(await queues.cancel(conversationId, messageId, connection.call(idempotencyKey))),
    }),
  }),
});
