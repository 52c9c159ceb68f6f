/** `dispatch list [prefix]`: conversations, newest activity first. */
import type { ConversationRow } from "@dispatch/wire";
import { shortId } from "../conversation-id.ts";
import { duration } from "../durations.ts";
import { createOutput } from "../output.ts";
import type { Command } from "../ports.ts";
import { statusWords } from "../rows/status-words.ts";
import { table } from "../table.ts";

export const list: Command = {
  summary: "list conversations, newest activity first",
  arguments: "[prefix]",
  options: [
    {
      flags: "--status <status>",
      description: "active, idle, closed; several with commas (default: active,idle)",
    },
    { flags: "--all", description: "closed ones too" },
    { flags: "--limit <n>", description: "at most this many", integer: true },
  ],
  async run(call) {
    const output = createOutput(call);
    const client = await call.connect();
    const { all, limit } = call.options as { all?: boolean; limit?: number };
    const status = all ? "active,idle,closed" : (call.options.status as string | undefined);
    const answer = await client.list({ q: call.args[0], status, limit });
    if (call.globals.json) {
      output.json(answer);
      return;
    }
    const now = call.terminal.now();
    for (const line of table(answer.items.map((row) => cells(row, now)))) output.line(line);
    if (answer.items.length === 0) output.note("no conversations");
    const asking = answer.items.filter(({ waiting }) => waiting === "approval").length;
    if (asking > 0)
      output.note(
        `${asking === 1 ? "one waits" : `${asking} wait`} for an answer; \`dispatch approve\` shows what was asked`,
      );
    if (answer.nextCursor !== undefined) output.note("there are more; --limit shows them");
  },
};

function cells(row: ConversationRow, now: number): string[] {
  const age = duration(Math.max(0, now - row.lastActivityAt));
  return [shortId(row.id), statusWords(row), `${age} ago`, row.model ?? "", row.title];
}
