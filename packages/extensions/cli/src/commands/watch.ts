/** `dispatch watch [id]`: follows a conversation, or the list of them, from anywhere, through cuts and restarts of the server. */

import { createApprovalPrompts } from "../chat/approvals.ts";
import { failureOf } from "../chat/settle.ts";
import { exitCodes } from "../exit-codes.ts";
import { watchList } from "../live/watch-list.ts";
import { createOutput } from "../output.ts";
import type { Command, CommandCall } from "../ports.ts";
import { endLine, lostLine } from "../transcript/lines.ts";
import { createTranscript } from "../transcript/transcript.ts";
import { createWriter, silentWriter } from "../transcript/writer.ts";

export const watch: Command = {
  summary: "follow a conversation, or the list; Ctrl-C leaves",
  arguments: "[id]",
  options: [{ flags: "--show-reasoning", description: "print the model's reasoning too" }],
  async run(call) {
    const [prefix] = call.args;
    const leaving = new AbortController();
    const undo = call.terminal.onInterrupt(() => leaving.abort());
    try {
      if (prefix === undefined) await watchList(call, leaving.signal);
      else await watchConversation(call, prefix, leaving.signal);
      return exitCodes.ok;
    } catch (error) {
      if (!leaving.signal.aborted) throw error;
      return exitCodes.aborted;
    } finally {
      undo();
    }
  },
};

async function watchConversation(call: CommandCall, prefix: string, signal: AbortSignal): Promise<void> {
  const { terminal, globals } = call;
  const output = createOutput(call);
  const client = await call.connect();
  const { id } = await client.resolve(prefix);
  const writer = globals.json ? silentWriter : createWriter(terminal, globals);
  const transcript = createTranscript(writer, {
    showUser: true,
    showReasoning: call.options.showReasoning === true,
    ended(end) {
      const failure = failureOf(end);
      if (failure) writer.note(`· ${failure.message}`);
      writer.note(endLine(id, end));
    },
  });
  const approvals = createApprovalPrompts({ note: writer.note });
  const onRetry = ({ delayMs }: { delayMs: number }) => writer.note(lostLine(terminal.now(), delayMs));
  const live = await call.live();
  const { followLive } = await import("../live/live-turn.ts");
  const items = live ? followLive(live, id, { signal, onRetry }) : client.events(id, { signal, onRetry });
  try {
    for await (const item of items) {
      if (globals.json) output.json(item);
      transcript.apply(item);
      approvals.apply(item);
    }
  } finally {
    writer.endLine();
  }
}
