/** What each frame is over HTTP, for networks that let no WebSocket through. */
import { type Call, segment } from "../../http.ts";
import type { Frame } from "./link.ts";

export interface Operation extends Call {
  readonly path: string;
}

type Fields = Readonly<Record<string, unknown>>;

const at = (fields: Fields, rest = ""): string =>
  `/conversations/${segment(String(fields.conversationId))}${rest}`;
const post = (path: string, body: unknown): Operation => ({ method: "POST", path, body });

const operations: Readonly<Record<string, (fields: Fields) => Operation>> = {
  "chat.send": (body) => ({ ...post("/chat", body), headers: { prefer: "respond-async" } }),
  "chat.queue": ({ conversationId, ...body }) => post(at({ conversationId }, "/queue"), body),
  "chat.queue.cancel": (fields) => ({
    method: "DELETE",
    path: at(fields, `/queue/${segment(String(fields.messageId))}`),
  }),
  "chat.stop": ({ conversationId, ...body }) => post(at({ conversationId }, "/stop"), body),
  // As it is now: only a socket tells of its changes.
  "surface.subscribe": ({ surface, conversationId }) => ({
    path: `/surfaces/${segment(String(surface))}`,
    query: { conversationId: conversationId as string | undefined },
  }),
  "surface.invoke": ({ surface, action, ...body }) =>
    post(`/surfaces/${segment(String(surface))}/${segment(String(action))}`, body),
  "approval.resolve": ({ approvalId, ...body }) => post(`/approvals/${segment(String(approvalId))}`, body),
};

/** Undefined: only a socket can do it. */
export function operationOf(frame: Frame): Operation | undefined {
  const make = Object.hasOwn(operations, frame.type) ? operations[frame.type] : undefined;
  if (!make) return undefined;
  const { type: _type, id: _id, idempotencyKey, ...fields } = frame;
  const operation = make(fields);
  if (typeof idempotencyKey !== "string") return operation;
  return { ...operation, headers: { ...operation.headers, "idempotency-key": idempotencyKey } };
}
