/** `dispatch close <id>`: ends a conversation; a running turn is aborted and sealed first. */
import { requiredId } from "../conversation-id.ts";
import { createOutput } from "../output.ts";
import type { Command } from "../ports.ts";

export const close: Command = {
  summary: "close a conversation",
  arguments: "<id>",
  async run(call) {
    const output = createOutput(call);
    const client = await call.connect();
    const { id } = await client.resolve(requiredId(call));
    const closed = await client.close(id);
    if (call.globals.json) output.json(closed);
    else output.line(`closed ${id}`);
  },
};
