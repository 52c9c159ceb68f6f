/** The shapes of an exported conversation: one header line, then its records as they are stored. */
import * as z from "zod";
import type { FieldError } from "./errors.ts";
import { recordSchemas } from "./records.ts";

/** Of the document; a higher one is refused. */
export const documentVersion = 1;

export const documentHeader = z.object({
  type: z.literal("dispatch-conversation"),
  version: z
    .int()
    .min(1)
    .max(documentVersion, "This version of the format is newer than this server can read."),
  id: z.string(),
  /** Records that follow, up to this seq. */
  head: z.int().min(1),
  /** Unix ms. */
  exportedAt: z.int(),
});
export type DocumentHeader = z.infer<typeof documentHeader>;

/** What every record has, those of a type that this version does not know too. */
const anyRecord = z.looseObject({
  seq: z.int().positive(),
  ts: z.int(),
  type: z.string().min(1).max(128),
  turnId: z.string().optional(),
  stepId: z.string().optional(),
});

/** What is wrong with a value as a record, or as a header; undefined when nothing is. */
export function documentFault(kind: "header" | "record", value: unknown): FieldError | undefined {
  const schema = kind === "header" ? documentHeader : anyRecord;
  const first = schema.safeParse(value);
  const type = String((value as { type?: unknown } | null)?.type);
  const result =
    first.success && kind === "record" && Object.hasOwn(recordSchemas, type)
      ? recordSchemas[type as keyof typeof recordSchemas].safeParse(value)
      : first;
  if (result.success) return undefined;
  const [issue] = result.error.issues;
  return { path: issue?.path.map(String).join(".") ?? "", message: issue?.message ?? "It is malformed." };
}
