/** `conversations.*`: the list, followed. */
import { clientFrames } from "@dispatch/wire";
import { operations } from "../operations.ts";
import { answered, defineOp } from "../ports.ts";

export const conversationsSubscribe = defineOp({
  schema: clientFrames["conversations.subscribe"],
  scope: operations["conversations.subscribe"],
  async handle({ id }, connection) {
    await connection.subscribeList(id);
    return answered;
  },
});

export const conversationsUnsubscribe = defineOp({
  schema: clientFrames["conversations.unsubscribe"],
  scope: operations["conversations.unsubscribe"],
  async handle(_frame, connection) {
    connection.unsubscribeList();
    return undefined;
  },
});
