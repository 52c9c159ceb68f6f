/** `dispatch last <id>`: the last answer; waits for a running turn. */
import { requiredId } from "../conversation-id.ts";
import { exitCodes } from "../exit-codes.ts";
import { createOutput } from "../output.ts";
import type { Command } from "../ports.ts";

export const last: Command = {
  summary: "print the last answer of a conversation, waiting for a running turn",
  arguments: "<id>",
  options: [
    {
      flags: "--timeout <ms>",
      description: "wait at most this long (default: until it ends)",
      integer: true,
    },
  ],
  async run(call) {
    const output = createOutput(call);
    const client = await call.connect();
    const { id } = await client.resolve(requiredId(call));
    const timeout = call.options.timeout as number | undefined;
    const deadline = timeout === undefined ? Number.POSITIVE_INFINITY : call.terminal.now() + timeout;
    for (;;) {
      const left = Math.max(0, deadline - call.terminal.now());
      const answer = await client.last(id, { timeoutMs: Math.min(60_000, left) });
      if ("running" in answer) {
        if (call.terminal.now() < deadline) continue;
        if (call.globals.json) output.json(answer);
        else output.note(`turn ${answer.turnId} still runs`);
        return exitCodes.failed;
      }
      if (call.globals.json) output.json(answer);
      else if (answer.text !== "") output.line(answer.text);
      if (answer.reason === "completed") return exitCodes.ok;
      if (!call.globals.json)
        output.note(`the turn ended: ${answer.reason}${answer.error ? `: ${answer.error.message}` : ""}`);
      return answer.reason === "aborted" ? exitCodes.aborted : exitCodes.failed;
    }
  },
};
