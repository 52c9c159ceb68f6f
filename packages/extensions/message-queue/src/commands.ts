/** Commands: `send`, `queue`, `cancel`. */
import type { ServerCommand } from "@dispatch/commands/ports";
import type { Queues, Sessions } from "@dispatch/session-orchestrator/ports";
import { dispatchError, type QueueBody, type QueueState } from "@dispatch/wire";
import type { commandNames } from "./names.ts";

/** By name. Conversations are named by a unique prefix of their id. */
export function queueCommands(
  queues: Queues,
  sessions: Sessions,
): Record<(typeof commandNames)[number], ServerCommand> {
  const idOf = async (prefix = ""): Promise<string> => (await sessions.resolve(prefix)).id;
  return {
    send: {
      summary: "say something to a conversation, also while a turn runs in it",
      arguments: "<id> <text...>",
      options: [
        { flags: "--followup", description: "as a turn of its own, after the running one" },
        { flags: "--interrupt", description: "stop the running turn for it" },
      ],
      examples: [
        "dispatch send 01a8 'Look at the tests, too.'",
        "dispatch send 01a8 --interrupt 'Not that file!'",
      ],
      scope: "write",
      async run({ args: [prefix, ...words], options, call }) {
        const body: QueueBody = { message: words.join(" "), deliver: deliverOf(options) };
        if (body.message === "") throw dispatchError("bad-request", "There is nothing to send.");
        const { before: _before, ...answer } = await queues.offer(await idOf(prefix), body, call);
        const waiting = answer.queue.length;
        const text = answer.started
          ? `Turn ${answer.turnId} has begun.\n`
          : `It waits as ${answer.messageId}, ${waiting === 1 ? "alone" : `one of ${waiting}`}.\n`;
        return { text, json: answer };
      },
    },
    queue: {
      summary: "what waits in a conversation",
      arguments: "<id>",
      options: [
        { flags: "--clear", description: "take all of it back" },
        { flags: "--resume", description: "let a held queue go on" },
      ],
      examples: ["dispatch queue 01a8", "dispatch queue 01a8 --resume"],
      scope: "write",
      async run({ args: [prefix], options, call }) {
        if (options.clear && options.resume)
          throw dispatchError("bad-request", "Either --clear or --resume, not both.");
        const id = await idOf(prefix);
        if (options.clear) {
          const answer = await queues.clear(id, call);
          return { text: `Taken back: ${answer.cancelled.length}.\n`, json: answer };
        }
        if (options.resume) {
          const answer = await queues.resume(id, call);
          const text = answer.started
            ? `Turn ${answer.turnId} has begun.\n`
            : `Nothing was started. ${listOf(answer)}`;
          return { text, json: answer };
        }
        const answer = await queues.list(id);
        return { text: listOf(answer), json: answer };
      },
    },
    cancel: {
      summary: "take back a message that waits",
      arguments: "<id> <messageId>",
      examples: ["dispatch cancel 01a8 01a90c3e-…"],
      scope: "write",
      async run({ args: [prefix, messageId = ""], call }) {
        const answer = await queues.cancel(await idOf(prefix), messageId, call);
        return { text: answer.cancelled ? "Taken back.\n" : "Nothing with this id waits.\n", json: answer };
      },
    },
  };
}

function deliverOf({
  followup,
  interrupt,
}: Readonly<Record<string, string | boolean>>): QueueBody["deliver"] {
  if (followup && interrupt)
    throw dispatchError("bad-request", "Either --followup or --interrupt, not both.");
  if (followup) return "followup";
  return interrupt ? "interrupt" : "steer";
}

const shown = 100;

function listOf({ queue, held }: QueueState): string {
  if (queue.length === 0) return "Nothing waits.\n";
  const lines = queue.map(({ messageId, deliver, text }) => {
    const line = text.replaceAll(/\s+/g, " ");
    return `${messageId}  ${deliver.padEnd(9)}  ${line.length > shown ? `${line.slice(0, shown - 1)}…` : line}\n`;
  });
  return `${held ? "Held until the next message, or `dispatch queue <id> --resume`:\n" : ""}${lines.join("")}`;
}
