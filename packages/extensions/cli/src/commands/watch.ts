/** `dispatch watch <id>`: follows a conversation from anywhere, through cuts and restarts of the server. */

import { failureOf } from "../chat/settle.ts";
import { requiredId } from "../conversation-id.ts";
import { duration } from "../durations.ts";
import { exitCodes } from "../exit-codes.ts";
import { createOutput } from "../output.ts";
import type { Command } from "../ports.ts";
import { endLine } from "../transcript/lines.ts";
import { createTranscript } from "../transcript/transcript.ts";
import { createWriter, silentWriter } from "../transcript/writer.ts";

export const watch: Command = {
  summary: "follow a conversation live; Ctrl-C leaves, the turn goes on",
  arguments: "<id>",
  options: [{ flags: "--show-reasoning", description: "print the model's reasoning too" }],
  async run(call) {
    const { terminal, globals } = call;
    const output = createOutput(call);
    const client = await call.connect();
    const { id } = await client.resolve(requiredId(call));
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
    const leaving = new AbortController();
    const undo = terminal.onInterrupt(() => leaving.abort());
    try {
      const onRetry = ({ delayMs }: { delayMs: number }) =>
        writer.note(`· connection lost; trying again in ${duration(delayMs)}`);
      for await (const item of client.events(id, { signal: leaving.signal, onRetry })) {
        if (globals.json) output.json(item);
        transcript.apply(item);
      }
      return exitCodes.ok;
    } catch (error) {
      if (!leaving.signal.aborted) throw error;
      writer.endLine();
      return exitCodes.aborted;
    } finally {
      undo();
    }
  },
};
