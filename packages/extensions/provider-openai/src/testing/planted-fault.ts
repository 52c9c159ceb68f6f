/** Small requests for the tests of the strict check, and the shape of its tables. */
import type { FaultReason } from "./fault.ts";

/** Any JSON object. */
export type Json = { readonly [field: string]: unknown };

export const user = { role: "user", content: "hi" };
export const spoken = { role: "assistant", content: "hello" };
export const call = (id: string, args: unknown = "{}", name = "read") => ({
  id,
  type: "function",
  function: { name, arguments: args },
});
export const calling = (...calls: readonly unknown[]) => ({
  role: "assistant",
  content: null,
  tool_calls: calls,
});
export const answer = (id: string, content: unknown = "ok") => ({ role: "tool", tool_call_id: id, content });
export const tool = (name: string, parameters: unknown = { type: "object", properties: {} }) => ({
  type: "function",
  function: { name, parameters },
});
export const body = (extra: Json): Json => ({ model: "strict-1", messages: [user], ...extra });
export const talk = (...messages: readonly unknown[]): Json => body({ messages });
export const without = (object: Json, field: string): Json =>
  Object.fromEntries(Object.entries(object).filter(([name]) => name !== field));

/** A planted fault, the reason and parameter it must be refused for, and the same request repaired. */
export type PlantedFault = readonly [
  fault: string,
  reason: FaultReason,
  param: string | null,
  broken: unknown,
  repaired: Json,
];
