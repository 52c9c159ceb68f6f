/** `surface.*`: surfaces over a socket. */
import { answered, defineOp } from "@dispatch/transport-ws/ports";
import { clientFrames } from "@dispatch/wire";
import type { Desk } from "./desk.ts";

/** The answer holds the state of that moment; `surface.update` follows at every change. Again: the state again. */
export const subscribeOp = (desk: Desk) =>
  defineOp({
    schema: clientFrames["surface.subscribe"],
    scope: "read",
    async handle({ id, surface, conversationId }, connection) {
      await desk.subscribe(connection, surface, conversationId, (view) =>
        connection.send({ ...view, type: "ok", id }),
      );
      return answered;
    },
  });

/** Harmless when it is not followed. */
export const unsubscribeOp = (desk: Desk) =>
  defineOp({
    schema: clientFrames["surface.unsubscribe"],
    scope: "read",
    async handle({ surface, conversationId }, connection) {
      desk.unsubscribe(connection, surface, conversationId);
      return undefined;
    },
  });

/** The scope that counts is the action's. */
export const invokeOp = (desk: Desk) =>
  defineOp({
    schema: clientFrames["surface.invoke"],
    scope: "read",
    async handle({ surface, conversationId, action, value, idempotencyKey }, connection) {
      const { caller } = connection;
      const call = connection.call(idempotencyKey);
      await desk.invoke({ surface, conversationId, action, value, caller, call });
      return { invoked: true };
    },
  });
