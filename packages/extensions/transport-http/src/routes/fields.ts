/** Schemas and small pieces that several routes share. */
import { type ConversationView, conversationId, problem } from "@dispatch/wire";
import * as z from "zod";

export const idParam = z.object({ id: conversationId });

/** A whole number in a query. */
export const whole = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/, "Must be a whole number.")
    .transform(Number)
    .pipe(z.int().min(min).max(max));

export const flag = z.enum(["true", "false"]).transform((text) => text === "true");

/** The problems a route may answer with, beside those of every route (400, 401, 403). */
export const problems = <S extends number>(...statuses: S[]): Record<S, typeof problem> =>
  Object.fromEntries(statuses.map((status) => [status, problem])) as Record<S, typeof problem>;

/** For `If-Match`. */
export const etag = ({ version }: ConversationView) => ({ ETag: `"${version}"` });
