/** What every part of the traffic has, and the two things they all do: send a message, follow its turn to the end. */
import type { Line } from "../evidence.ts";
import type { Roll } from "../points.ts";
import { type Client, pause } from "./client.ts";
import { promptOf } from "./prompts.ts";

export type Unstamped<L> = L extends unknown ? Omit<L, "at"> : never;

export interface Talk {
  readonly client: Client;
  /** Keeps a line, on disk before it returns. */
  readonly note: (line: Unstamped<Line>) => void;
  readonly roll: Roll;
  readonly finishing: () => boolean;
  /** The next crash waits for something with this word in its name. */
  readonly wants: (what: string) => boolean;
  readonly cwd: string;
  readonly queue: boolean;
}

/** Sends a prompt; gives the turn when it was acknowledged. Without an answer it asks again with the same key, mostly. */
export async function send(talk: Talk, conversationId: string, id: string): Promise<string | undefined> {
  const { client, note, roll, cwd, wants } = talk;
  const text = promptOf(id, wants("retry") ? 2 : 4, roll);
  const approvals = wants("approval") || roll(6) === 0 ? { approvals: "ask" } : {};
  note({ kind: "sent", conversationId, clientMessageId: id, text, via: "chat" });
  const body = { message: text, conversationId, clientMessageId: id, cwd, ...approvals };
  for (let tries = 0; tries < 50; tries++) {
    const answer = await client.ask("POST", "/chat", body, {
      prefer: "respond-async",
      "idempotency-key": id,
    });
    if (answer?.status === 202) {
      const { messageId, turnId } = answer.body;
      note({ kind: "accepted", conversationId, clientMessageId: id, messageId, turnId, via: "chat" });
      // Told twice, it must be told the same.
      if (roll(8) > 0) return turnId;
    } else if (answer?.status === 409) await follow(talk, conversationId);
    else if (answer && answer.status < 500) throw new Error(`POST /chat: ${JSON.stringify(answer)}`);
    else {
      await pause(20);
      await client.up();
      if (roll(3) === 0) return undefined;
    }
  }
  return undefined;
}

/** Waits until no turn runs, over as many crashes as it takes; keeps the end it was told. */
export async function follow({ client, note, finishing }: Talk, conversationId: string): Promise<void> {
  const patience = Date.now() + 20_000;
  while (Date.now() < patience) {
    await client.up();
    const answer = await client.ask("GET", `/conversations/${conversationId}/last?timeoutMs=3000`);
    if (answer?.status === 200 && answer.body.reason !== undefined) {
      const { turnId, reason, text } = answer.body;
      note({ kind: "ended", conversationId, turnId, reason, text });
      return;
    }
    if (answer?.status === 404) return;
    await pause(finishing() ? 5 : 20);
  }
}
