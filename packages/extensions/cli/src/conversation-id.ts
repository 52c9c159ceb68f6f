/** Ids as people see and type them: short forms shown, prefixes taken. */
import { commandError } from "./command-error.ts";
import { exitCodes } from "./exit-codes.ts";
import type { CommandCall } from "./ports.ts";

/** The id prefix a command was given. */
export function requiredId(call: Pick<CommandCall, "args">): string {
  const [prefix] = call.args;
  if (!prefix) {
    throw commandError("An id is needed.", {
      exitCode: exitCodes.usage,
      fix: "`dispatch list` shows the conversations.",
    });
  }
  return prefix;
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-/;

/** The first 48 bits of a generated id: enough to tell apart what one person starts. Other ids whole. */
export const shortId = (id: string): string => (uuid.test(id) ? id.slice(0, 13) : id);
