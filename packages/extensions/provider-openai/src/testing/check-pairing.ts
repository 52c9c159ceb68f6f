/** Rules about messages among each other: every tool call is answered, once, right behind it. */
import { type Fault, isObject } from "./fault.ts";

/** The assistant message whose calls are being answered: answered ids, and where. */
interface OpenCalls {
  readonly ids: readonly string[];
  readonly answeredAt: Map<string, number>;
}

/** Faults of the order of `messages`: unanswered, orphaned, unknown and double answers, reused call ids. */
export function checkPairing(messages: readonly unknown[]): Fault[] {
  const faults: Fault[] = [];
  const seen = new Set<string>();
  let open: OpenCalls | undefined;
  messages.forEach((message, index) => {
    if (!isObject(message)) return;
    if (message.role === "tool") {
      faults.push(...answer(open, message.tool_call_id, index));
      return;
    }
    faults.push(...unanswered(open, index));
    const ids = message.role === "assistant" ? callIds(message.tool_calls) : [];
    faults.push(...reused(ids, seen, index));
    open = ids.length > 0 ? { ids, answeredAt: new Map() } : undefined;
  });
  return [...faults, ...unanswered(open, messages.length)];
}

function callIds(calls: unknown): string[] {
  if (!Array.isArray(calls)) return [];
  return calls.flatMap((call) => (isObject(call) && typeof call.id === "string" ? [call.id] : []));
}

function answer(open: OpenCalls | undefined, id: unknown, index: number): Fault[] {
  if (open === undefined) {
    const message =
      "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.";
    return [{ reason: "orphan-tool-message", message, param: `messages.[${index}].role`, code: null }];
  }
  if (typeof id !== "string") return [];
  const param = `messages.[${index}].tool_call_id`;
  if (!open.ids.includes(id)) {
    const message = `Invalid parameter: 'tool_call_id' of '${id}' not found in 'tool_calls' of previous message.`;
    return [{ reason: "unknown-tool-call-id", message, param, code: null }];
  }
  const first = open.answeredAt.get(id);
  open.answeredAt.set(id, first ?? index);
  if (first === undefined) return [];
  const message = `Invalid parameter: Duplicate value for 'tool_call_id' of '${id}', in messages[${first}] and messages[${index}].`;
  return [{ reason: "duplicate-tool-answer", message, param, code: null }];
}

/** Called where the answers end: at the next message that is no answer, or behind the last one. */
function unanswered(open: OpenCalls | undefined, index: number): Fault[] {
  const ids = open?.ids.filter((id) => !open.answeredAt.has(id)) ?? [];
  if (ids.length === 0) return [];
  const message = `An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: ${ids.join(", ")}`;
  return [{ reason: "unanswered-tool-calls", message, param: `messages.[${index}].role`, code: null }];
}

function reused(ids: readonly string[], seen: Set<string>, index: number): Fault[] {
  return ids.flatMap((id, position) => {
    if (!seen.has(id)) {
      seen.add(id);
      return [];
    }
    const param = `messages[${index}].tool_calls[${position}].id`;
    const message = `Invalid '${param}': duplicate tool call id '${id}' in the conversation.`;
    return [{ reason: "duplicate-tool-call-id", message, param, code: "invalid_value" }];
  });
}
