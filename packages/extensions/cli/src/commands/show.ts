/** `dispatch show <id>`: the messages of a conversation, oldest first. */
import { waitingLines } from "../chat/approvals.ts";
import { requiredId, shortId } from "../conversation-id.ts";
import { createOutput } from "../output.ts";
import type { Command } from "../ports.ts";
import { endSentence, statusWords } from "../rows/status-words.ts";
import { oneLine } from "../transcript/printable.ts";
import { createTranscript } from "../transcript/transcript.ts";
import { createWriter } from "../transcript/writer.ts";

/** Characters: all that a server says about it. */
const whyLength = 400;

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
    output.note(`${shortId(conversation.id)} · ${statusWords(conversation)} · ${conversation.title}`);
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
    const why = endSentence(conversation);
    if (why !== undefined) output.note(`· ${oneLine(why, whyLength)}`);
    if (conversation.waiting !== "approval") return;
    const asked = (await client.approvals()).items.filter(
      ({ conversationId }) => conversationId === conversation.id,
    );
    for (const { approvalId, request } of asked)
      for (const line of waitingLines(approvalId, request)) output.note(line);
    if (asked.length === 0) output.note("· it waits for an answer; `dispatch approve` shows what was asked");
  },
};
