/** Names of things: the id formats every client and extension sees. */
import * as z from "zod";

/** `^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$`: safe in paths, keys and file names. */
export const conversationIdPattern = /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/;

export const conversationId = z
  .string()
  .regex(conversationIdPattern, "letters, digits, _ and -, starting with a letter or digit, at most 128")
  .meta({ description: "Conversation id, chosen by the client or a UUIDv7 from the server." });
