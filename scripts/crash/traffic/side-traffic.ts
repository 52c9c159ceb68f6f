/** What people do while a turn runs, and between turns: stop, steer, queue, cancel, answer approvals, compact, delete. */
import { pause } from "./client.ts";
import { shortPromptOf } from "./prompts.ts";
import { send, type Talk } from "./talk.ts";

export async function stop(talk: Talk, conversationId: string, turnId: string): Promise<void> {
  const { client, note, roll } = talk;
  await pause(roll(200));
  const answer = await client.ask("POST", `/conversations/${conversationId}/stop`, { turnId });
  if (answer?.status === 200 && answer.body.aborted) note({ kind: "stopped", conversationId, turnId });
}

/** A few items in a row, one of them cancelled now and then. */
export async function queueUp(talk: Talk, conversationId: string, id: string): Promise<void> {
  const { client, note, roll } = talk;
  const path = `/conversations/${conversationId}/queue`;
  for (let n = roll(3); n >= 0; n--) {
    await pause(roll(60));
    const clientMessageId = `${id}-q${n}`;
    const text = shortPromptOf(clientMessageId, roll);
    note({ kind: "sent", conversationId, clientMessageId, text, via: "queue" });
    const deliver = ["steer", "followup", "interrupt"][Math.min(2, roll(7) >> 1)] ?? "steer";
    const body = { message: text, deliver, clientMessageId };
    const answer = await client.ask("POST", path, body, { "idempotency-key": clientMessageId });
    if (answer?.status !== 200 && answer?.status !== 202) continue;
    const { messageId, turnId } = answer.body;
    note({ kind: "accepted", conversationId, clientMessageId, messageId, turnId, via: "queue" });
    if (roll(5) > 0) continue;
    const gone = await client.ask("DELETE", `${path}/${messageId}`);
    if (gone && gone.status < 300 && gone.body?.cancelled !== false)
      note({ kind: "cancelled", conversationId, messageId });
  }
}

export async function compact({ client }: Talk, conversationId: string): Promise<void> {
  await client.ask("POST", `/conversations/${conversationId}/compact`, { keepTokens: 200 });
}

/** A conversation of its own, used once and deleted. */
export async function deleteOne(talk: Talk, conversationId: string): Promise<void> {
  const { client, note } = talk;
  await client.up();
  if ((await send(talk, conversationId, conversationId)) === undefined) return;
  await pause(talk.roll(100));
  note({ kind: "deleting", conversationId });
  const answer = await client.ask("DELETE", `/conversations/${conversationId}?archive=false`);
  if (answer?.status === 200) note({ kind: "deleted", conversationId });
}

/** Answers what waits, until it is told to stop. */
export function answerApprovals({ client, note, roll }: Talk): () => Promise<void> {
  let on = true;
  const work = (async () => {
    while (on) {
      await client.up();
      const waiting = await client.ask("GET", "/approvals");
      for (const { approvalId, conversationId } of waiting?.body?.items ?? []) {
        const decision = roll(4) === 0 ? "deny" : "allow";
        const answer = await client.ask("POST", `/approvals/${approvalId}`, { decision });
        if (answer?.status === 204) note({ kind: "decided", conversationId, approvalId, decision });
      }
      await pause(40 + roll(60));
    }
  })();
  return () => {
    on = false;
    return work;
  };
}
