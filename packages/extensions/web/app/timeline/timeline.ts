/**
 * From messages, open blocks and facts to what is drawn, one item under the other. Pure. A tool's result stands with its
 * call; the end of a turn stands after its last message.
 */
import type { LiveView } from "@dispatch/client";
import type { Approval, Chunk, Message, ToolOutcome } from "@dispatch/wire";
import { drawnMessages } from "@dispatch/wire/shown";
import type { CallFacts, Facts, TurnFacts } from "../live/facts.ts";
import { callTarget } from "../tools/call-target.ts";

export interface ToolItem {
  readonly kind: "tool";
  readonly key: string;
  readonly name: string;
  readonly target: string | undefined;
  readonly input: unknown;
  /** What it said, or says so far. */
  readonly output: string | undefined;
  readonly outcome: ToolOutcome | undefined;
  readonly truncated: boolean;
  readonly startedAt: number | undefined;
  readonly durationMs: number | undefined;
  /** It waits for a person's word. */
  readonly approval: Approval | undefined;
  /** No result, and its turn is over: nobody will give one. */
  readonly isLeft: boolean;
}

export type Item =
  | {
      readonly kind: "user";
      readonly key: string;
      readonly text: string;
      readonly files: readonly { readonly mimeType: string }[];
      readonly ts: number;
    }
  | { readonly kind: "text"; readonly key: string; readonly text: string }
  | { readonly kind: "reasoning"; readonly key: string; readonly text: string; readonly isOpen: boolean }
  | { readonly kind: "summary"; readonly key: string; readonly text: string }
  | { readonly kind: "end"; readonly key: string; readonly facts: TurnFacts }
  | ToolItem;

export type TimelineView = Pick<LiveView, "view" | "approvals" | "tools">;

export function timeline(
  older: readonly Message[],
  { view, approvals, tools }: TimelineView,
  facts: Facts,
): Item[] {
  const messages = [...older, ...drawnMessages(view)];
  const results = resultsOf(messages);
  const asked = new Map(approvals.map((approval) => [approval.callId, approval]));
  const running = new Map(tools.map(({ callId, startedAt }) => [callId, startedAt]));
  const runningTurn = view.turn?.turnId;
  const items: Item[] = [];
  const placed = new Set<string>();

  function tool(call: Extract<Chunk, { type: "tool-call" }>, message: Message): ToolItem {
    const { callId, name, input, target } = call;
    const result = results.get(callId);
    const known: CallFacts = facts.calls.get(callId) ?? {};
    placed.add(callId);
    return {
      kind: "tool",
      key: callId,
      name,
      input,
      target: target ?? callTarget(input),
      output: result?.output ?? view.open.get(callId)?.text,
      outcome: result?.outcome,
      truncated: result?.truncated ?? false,
      startedAt: running.get(callId) ?? (result ? undefined : known.startedAt),
      durationMs: result?.durationMs,
      approval: asked.get(callId),
      isLeft: !result && message.turnId !== runningTurn,
    };
  }
  function add(message: Message): void {
    const { messageId, role, chunks, ts } = message;
    if (role === "tool") return; // stands with its calls
    if (role === "user") {
      const files = chunks.filter((chunk) => chunk.type === "image");
      items.push({ kind: "user", key: messageId, text: textOf(chunks), files, ts });
      return;
    }
    if (role === "system") {
      items.push({ kind: "summary", key: messageId, text: textOf(chunks) });
      return;
    }
    chunks.forEach((chunk, index) => {
      const key = `${messageId}/${index}`;
      if (chunk.type === "text" && chunk.text !== "") items.push({ kind: "text", key, text: chunk.text });
      else if (chunk.type === "reasoning" && chunk.text !== "") {
        const isOpen = message.status === "running" && index === chunks.length - 1;
        items.push({ kind: "reasoning", key, text: chunk.text, isOpen });
      } else if (chunk.type === "tool-call") items.push(tool(chunk, message));
    });
  }

  messages.forEach((message, index) => {
    add(message);
    const { turnId } = message;
    if (turnId === undefined || turnId === runningTurn || turnOf(messages, index + 1) === turnId) return;
    const ended = facts.turns.get(turnId);
    if (ended) items.push({ kind: "end", key: `end-${turnId}`, facts: ended });
  });
  for (const approval of approvals) if (!placed.has(approval.callId)) items.push(lonely(approval));
  return items;
}

/** The turn of the next message that has one: a summary in between belongs to none. */
function turnOf(messages: readonly Message[], from: number): string | undefined {
  for (let index = from; index < messages.length; index++) {
    const turnId = messages[index]?.turnId;
    if (turnId !== undefined) return turnId;
  }
  return undefined;
}

function resultsOf(messages: readonly Message[]): Map<string, Extract<Chunk, { type: "tool-result" }>> {
  const results = new Map<string, Extract<Chunk, { type: "tool-result" }>>();
  for (const { role, chunks } of messages) {
    if (role !== "tool") continue;
    for (const chunk of chunks) if (chunk.type === "tool-result") results.set(chunk.callId, chunk);
  }
  return results;
}

/** A question whose call is not among the messages that are here: it is asked all the same. */
function lonely(approval: Approval): ToolItem {
  const { name, input, target } = approval.request;
  return {
    kind: "tool",
    key: approval.callId,
    name,
    input,
    target: target ?? callTarget(input),
    output: undefined,
    outcome: undefined,
    truncated: false,
    startedAt: undefined,
    durationMs: undefined,
    approval,
    isLeft: false,
  };
}

const textOf = (chunks: readonly Chunk[]): string =>
  chunks.map((chunk) => (chunk.type === "text" ? chunk.text : "")).join("");
