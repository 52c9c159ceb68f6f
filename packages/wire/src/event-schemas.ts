/**
 * Schemas of events as viewers receive them: what `DispatchEvent` and `StreamLine` are as types. They describe the
 * streams; nothing on the way to a viewer is checked against them.
 */
import * as z from "zod";
import { delta } from "./events.ts";
import { recordSchemas } from "./records.ts";

/** `tool-call` → `ToolCallEvent`. */
const nameOf = (type: string): string =>
  `${type.replaceAll(/(?:^|-)([a-z])/g, (_, letter: string) => letter.toUpperCase())}Event`;

function shown([type, schema]: [string, z.ZodObject]): z.ZodObject {
  const { providerData: _hidden, ...shape } = schema.shape;
  // A viewer that holds the whole block already is told its length only.
  const block =
    type === "text" || type === "reasoning"
      ? { text: z.string().optional(), length: z.int().nonnegative().optional() }
      : {};
  return z.object({ ...shape, ...block, conversationId: z.string() }).meta({ id: nameOf(type) });
}

const extensionEvent = z
  .object({
    type: z.string().regex(/^ext\./),
    seq: z.int().positive(),
    ts: z.int(),
    turnId: z.string().optional(),
    stepId: z.string().optional(),
    conversationId: z.string(),
    data: z.unknown(),
  })
  .meta({ id: "ExtensionEvent" });

/** A record (has `seq`) or a delta of an open block (has `at`). Clients ignore types they do not know. */
export const event = z
  .union([...Object.entries(recordSchemas).map(shown), extensionEvent, delta])
  .meta({ id: "Event" });

/** A line of an NDJSON stream. */
export const streamLine = z.object({ cursor: z.string(), event }).meta({ id: "StreamLine" });
