/** `dispatch reset`, `compact`, `warm`, `open`: what the model is sent, and who shows it. */
import type { Client } from "@dispatch/client";
import { requiredId } from "../conversation-id.ts";
import { createOutput } from "../output.ts";
import type { Command, CommandCall } from "../ports.ts";

/** A command about one conversation: asks the server, prints a line or the answer. */
const about = <T>(
  rest: Pick<Command, "summary" | "options">,
  ask: (client: Client, id: string, call: CommandCall) => Promise<T>,
  line: (id: string, answer: T, call: CommandCall) => string,
): Command => ({
  ...rest,
  arguments: "<id>",
  async run(call) {
    const output = createOutput(call);
    const client = await call.connect();
    const { id } = await client.resolve(requiredId(call));
    const answer = await ask(client, id, call);
    if (call.globals.json) output.json(answer);
    else output.line(line(id, answer, call));
  },
});

export const reset: Command = about(
  { summary: "stop the running turn and start with an empty context; the old text stays readable" },
  (client, id) => client.reset(id),
  (id) => `reset ${id}`,
);

export const compact: Command = about(
  {
    summary: "make the context start at a summary of what came before",
    options: [
      {
        flags: "--keep-tokens <n>",
        description: "recent text that stays as it is (default: 20000)",
        integer: true,
      },
      { flags: "--instructions <text>", description: "said to the summariser as well" },
      { flags: "--undo", description: "take the last compaction back" },
    ],
  },
  (client, id, { options }) => {
    const { undo, keepTokens, instructions } = options as {
      undo?: boolean;
      keepTokens?: number;
      instructions?: string;
    };
    if (undo === true) return client.undoCompact(id);
    return client.compact(id, {
      ...(keepTokens === undefined ? {} : { keepTokens }),
      ...(instructions === undefined ? {} : { instructions }),
    });
  },
  (id, _answer, { options }) =>
    options.undo === true
      ? `took the last compaction of ${id} back`
      : `compacted ${id}: its context starts at a summary now; \`dispatch show\` has it`,
);

export const warm: Command = about(
  { summary: "keep the provider's cache of a conversation warm" },
  (client, id) => client.warm(id),
  (id, { cachePercent, usage }) =>
    `warmed ${id}: ${cachePercent} % of ${usage.inputTokens} tokens came from the cache`,
);

export const open: Command = about(
  { summary: "ask every client to show a conversation" },
  async (client, id) => {
    await client.open(id);
    return { id, opened: true };
  },
  (id) => `opened ${id}`,
);
