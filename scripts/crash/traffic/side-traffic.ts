/** What people do while a turn runs, and between turns: stop, steer, queue, cancel, answer approvals, compact, delete. */
import { pause } from "./client.ts";
import { shortPromptOf } from "./prompts.ts";
import { send, type Talk } from "./talk.ts";

export async function stop(talk: Talk, conversationId: string, turnId: string): Promise<void> {
  const { client, note, roll } = talk;
  await pause(roll(200));
  for (let tries = 0; tries < 3; tries++) {
    await client.up();
    const answer = await client.ask("POST", `/conversations/${conversationId}/stop`, { turnId });
    if (answer?.status === 200 && answer.body.aborted) note({ kind: "stopped", conversationId, turnId });
    if (answer && answer.status < 500) return;
    await pause(20); // it went away, or goes: the turn may be there again after the next start
  }
}

/** A few items in a row; one is taken back now and then, and what is held let go. */
export async function queueUp(talk: Talk, conversationId: string, id: string): Promise<void> {
  const { client, roll } = talk;
  for (let n = roll(3); n >= 0; n--) {
    await pause(roll(60));
    await queueOne(talk, conversationId, `${id}-q${n}`);
  }
  if (roll(4) === 0) await client.ask("POST", `/conversations/${conversationId}/queue/resume`, {});
}

async function queueOne(talk: Talk, conversationId: string, clientMessageId: string): Promise<void> {
  const { client, note, roll } = talk;
  const path = `/conversations/${conversationId}/queue`;
  const text = shortPromptOf(clientMessageId, roll);
  const deliver = ["steer", "steer", "steer", "followup", "followup", "interrupt"][roll(6)];
  note({ kind: "sent", conversationId, clientMessageId, text, via: "queue" });
  const body = { message: text, deliver, clientMessageId };
  for (let tries = 0; tries < 5; tries++) {
    const answer = await client.ask("POST", path, body, { "idempotency-key": clientMessageId });
    if (!answer || answer.status === 503) {
      await pause(20);
      await client.up();
      if (roll(3) === 0) return;
      continue; // the same key: it waits once, whatever became of the first
    }
    if (answer.status !== 200) return; // full, or not stopped in time: refused, and said so
    const { messageId, turnId } = answer.body;
    note({ kind: "accepted", conversationId, clientMessageId, messageId, turnId, via: "queue" });
    if (roll(5) > 0) return;
    note({ kind: "cancelling", conversationId, messageId });
    const gone = await client.ask("DELETE", `${path}/${messageId}`);
    if (gone?.body?.cancelled === true) note({ kind: "cancelled", conversationId, messageId });
    return;
  }
}

export async function compact({ client }: Talk, conversationId: string): Promise<void> {
  await client.ask("POST", `/conversations/${conversationId}/compact`, { keepTokens: 200 });
}

/** Closed in the middle of whatever it does; the next message opens it again. */
export async function close({ client, note, roll }: Talk, conversationId: string): Promise<void> {
  await pause(roll(200));
  note({ kind: "closing", conversationId });
  await client.ask("POST", `/conversations/${conversationId}/close`);
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
