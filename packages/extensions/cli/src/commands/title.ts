/** `dispatch title <id> [text]`: shows or sets the title of a conversation. */
import { requiredId } from "../conversation-id.ts";
import { createOutput } from "../output.ts";
import type { Command } from "../ports.ts";

export const title: Command = {
  summary: "show or set the title of a conversation",
  arguments: "<id> [text...]",
  async run(call) {
    const output = createOutput(call);
    const client = await call.connect();
    const conversation = await client.resolve(requiredId(call));
    const text = call.args.slice(1).join(" ").trim();
    if (text !== "") await client.setTitle(conversation.id, text);
    const value = text === "" ? conversation.title : text;
    if (call.globals.json) output.json({ id: conversation.id, title: value });
    else output.line(value);
  },
};
