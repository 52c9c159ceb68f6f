/** Names of things: the id formats every client and extension sees. */
import * as z from "zod";

/** `^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$`: safe in paths, keys and file names. */
export const conversationIdPattern = /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/;

export const conversationId = z
  .string()
  .regex(conversationIdPattern, "letters, digits, _ and -, starting with a letter or digit, at most 128")
  .meta({ description: "Conversation id, chosen by the client or a UUIDv7 from the server." });

/** `<turnId>#<n>`, n from 0: one model call and its tools. */
export const stepIdOf = (turnId: string, n: number): string => `${turnId}#${n}`;

/** The turn a step belongs to. */
export const turnIdOfStep = (stepId: string): string => stepId.slice(0, stepId.lastIndexOf("#"));

/** One assistant message per step. */
export const assistantMessageId = (stepId: string): string => `${stepId}.a`;

/** One tool message per step. */
export const toolMessageId = (stepId: string): string => `${stepId}.t`;
