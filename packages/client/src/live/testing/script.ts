/** A conversation for tests: its log, and the deltas in between, as a server would tell them. */
import type { ConversationView, DispatchEvent, Snapshot } from "@dispatch/wire";
import { applyEvent, createView, encodeCursor, isDelta, type View } from "@dispatch/wire/shown";

const conversationId = "c";

/** An event, and the cursor behind it. */
export interface Told {
  readonly event: DispatchEvent;
  readonly cursor: string;
}

/** Numbers records and gives each event its cursor. */
export function tell(events: readonly Record<string, unknown>[]): Told[] {
  const blocks = new Map<string, number>();
  let seq = 0;
  return events.map((fields) => {
    const ids = { conversationId, turnId: "t1", stepId: "t1#0", ...fields };
    const event = ("at" in fields ? ids : { ...ids, seq: ++seq, ts: seq }) as DispatchEvent;
    if (isDelta(event)) blocks.set(event.block, event.at + event.text.length);
    else if (event.type === "text" || event.type === "reasoning") blocks.delete(event.block);
    else if (event.type === "tool-result") blocks.delete(event.callId);
    else if (event.type === "turn-sealed") blocks.clear();
    return {
      event,
      cursor: encodeCursor({ epoch: "e", seq, check: seq === 0 ? "0" : "x", blocks: new Map(blocks) }),
    };
  });
}

/** A turn that says each of the texts in a block of its own, piece by piece, with a tool in between. */
export function turn(n: number, texts: readonly (readonly string[])[]): Record<string, unknown>[] {
  const ids = { turnId: `t${n}`, stepId: `t${n}#0` };
  const blocks = texts.flatMap((pieces, index): Record<string, unknown>[] => {
    const block = `b${n}.${index}`;
    const callId = `c${n}.${index}`;
    let at = 0;
    const deltas = pieces.map((text) => {
      at += text.length;
      return { ...ids, type: "text-delta", block, at: at - text.length, text };
    });
    return [
      ...deltas,
      // Given as the hub does: its length alone to whoever holds it all.
      { ...ids, type: "text", block, text: pieces.join(""), length: at },
      { ...ids, type: "tool-call", callId, name: "read_file", input: {} },
      { ...ids, type: "tool-start", callId },
      { ...ids, type: "tool-output", block: callId, at: 0, text: "out" },
      {
        ...ids,
        type: "tool-result",
        callId,
        name: "read_file",
        output: "output",
        isError: false,
        truncated: false,
        outcome: "ok",
        durationMs: 1,
      },
    ];
  });
  return [
    { ...ids, type: "user-message", messageId: `m${n}`, text: `go ${n}` },
    { ...ids, type: "turn-start", model: "x/y", attempt: 1 },
    ...blocks,
    { ...ids, type: "step-complete", usage: { inputTokens: 1, outputTokens: 1 } },
    { ...ids, type: "done", reason: "completed" },
    { ...ids, type: "turn-sealed" },
  ];
}

export function foldOf(told: readonly Told[]): View {
  const view = createView();
  for (const { event } of told)
    if (applyEvent(view, event) === "gap") throw new Error("the script has a gap");
  return view;
}

/** The snapshot behind these events. */
export function snapshotOf(told: readonly Told[]): Snapshot {
  const view = foldOf(told);
  const { turn: running, seq, messages, status } = view;
  return {
    conversation: { id: conversationId, status, title: "" } as ConversationView,
    messages,
    hasMore: false,
    ...(running && {
      running: {
        turnId: running.turnId,
        model: running.model,
        attempt: 1,
        blocks: [...view.open.values()],
        tools: [],
      },
    }),
    queue: [],
    held: false,
    approvals: [],
    seq,
    cursor: told.at(-1)?.cursor ?? "e~0~0",
  };
}
