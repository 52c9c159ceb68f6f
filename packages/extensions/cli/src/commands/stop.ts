/** `dispatch stop <id>`: aborts the running turn and waits until it is sealed. */
import { requiredId } from "../conversation-id.ts";
import { createOutput } from "../output.ts";
import type { Command } from "../ports.ts";

export const stop: Command = {
  summary: "abort the running turn of a conversation",
  arguments: "<id>",
  async run(call) {
    const output = createOutput(call);
    const client = await call.connect();
    const { id } = await client.resolve(requiredId(call));
    const answer = await client.stop(id);
    if (call.globals.json) output.json(answer);
    else output.line(answer.aborted ? `stopped ${id}` : `nothing runs in ${id}`);
  },
};
