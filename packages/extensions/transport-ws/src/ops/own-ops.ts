/** The operations that this extension brings itself. */
import type { Approvals, Sessions } from "@dispatch/session-orchestrator/ports";
import { clientFrames } from "@dispatch/wire";
import { type Operation, operations } from "../operations.ts";
import { defineOp, type OpDefinition } from "../ports.ts";
import { approvalResolve } from "./approval.ts";
import { chatSend, chatStop, chatSubscribe, chatUnsubscribe } from "./chat.ts";
import { conversationsSubscribe, conversationsUnsubscribe } from "./conversations.ts";

const ping = defineOp({
  schema: clientFrames.ping,
  scope: operations.ping,
  handle: async () => undefined,
});

export const ownOps = (sessions: Sessions, approvals: Approvals): Record<Operation, OpDefinition> => ({
  "approval.resolve": approvalResolve(approvals),
  "chat.send": chatSend(sessions),
  "chat.stop": chatStop(sessions),
  "chat.subscribe": chatSubscribe,
  "chat.unsubscribe": chatUnsubscribe,
  "conversations.subscribe": conversationsSubscribe,
  "conversations.unsubscribe": conversationsUnsubscribe,
  ping,
});
