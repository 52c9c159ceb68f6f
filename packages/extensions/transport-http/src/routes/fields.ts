/** Schemas and small pieces that several routes share. */
import { type ConversationView, conversationId, problem } from "@dispatch/wire";
import * as z from "zod";

export const idParam = z.object({ id: conversationId });

// Query values are codecs: the text they come as, and what they mean, which is how the API's description shows them.

/** A whole number in a query. */
export const whole = (min: number, max: number) =>
  z.codec(z.string().regex(/^\d{1,16}$/, "Must be a whole number."), z.int().min(min).max(max), {
    decode: Number,
    encode: String,
  });

export const flag = z.codec(z.enum(["true", "false"]), z.boolean(), {
  decode: (text) => text === "true",
  encode: (value) => (value ? "true" : "false"),
});

/** Values with commas between. */
export const commaList = <Item extends z.ZodType<string, string>>(item: Item) =>
  z.codec(z.string(), z.array(item).min(1), {
    decode: (text) => text.split(",").map((value) => value.trim()) as z.input<Item>[],
    encode: (values) => values.join(","),
  });

/** The problems a route may answer with, beside those of every route (400, 401, 403, 413, 415, 429, 503). */
export const problems = <S extends number>(...statuses: S[]): Record<S, typeof problem> =>
  Object.fromEntries(statuses.map((status) => [status, problem])) as Record<S, typeof problem>;

/** For `If-Match`. */
export const etag = ({ version }: ConversationView) => ({ ETag: `"${version}"` });
