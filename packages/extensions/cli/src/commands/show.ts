/** `dispatch show <id>`: the messages of a conversation, oldest first. */
import { requiredId, shortId } from "../conversation-id.ts";
import { createOutput } from "../output.ts";
import type { Command } from "../ports.ts";
import { createTranscript } from "../transcript/transcript.ts";
import { createWriter } from "../transcript/writer.ts";

export const show: Command = {
  summary: "print the messages of a conversation",
  arguments: "<id>",
  options: [
    { flags: "--limit <n>", description: "only the newest n messages", integer: true },
    { flags: "--all", description: "also what lies before a reset" },
  ],
  async run(call) {
    const output = createOutput(call);
    const client = await call.connect();
    const conversation = await client.resolve(requiredId(call));
    const { limit, all } = call.options as { limit?: number; all?: boolean };
    const answer = await client.messages(conversation.id, {
      ...(limit === undefined ? {} : { limit }),
      ...(all ? { all } : {}),
    });
    if (call.globals.json) {
      output.json({ conversation, ...answer });
      return;
    }
    const transcript = createTranscript(createWriter(call.terminal, call.globals), {
      showUser: true,
      showReasoning: false,
    });
    output.note(`${shortId(conversation.id)} · ${conversation.status} · ${conversation.title}`);
    if (answer.hasMore) output.note("there are older messages; --limit shows more");
    const { items, hasMore, cursor } = answer;
    const snapshot = {
      conversation,
      messages: items,
      hasMore,
      queue: [],
      held: false,
      approvals: [],
      seq: 0,
      cursor,
    };
    transcript.apply({ cursor, snapshot });
    transcript.flush();
  },
};
