/** From a provider's tool call to a call that can run, or to the sentence that answers it at once. */
import type { Chunk } from "@dispatch/wire";
import type { ProviderEvent } from "../contracts/provider.ts";
import type { Validation } from "../contracts/schema.ts";
import type { ReadyTool } from "../contracts/turn.ts";
import { nearest } from "../text/nearest.ts";
import { type ParsedArguments, parseArguments } from "./arguments.ts";
import { checkArguments, describeIssues } from "./check.ts";
import type { Repetition } from "./repetition.ts";
import { shorten } from "./surrogates.ts";

export type ResultChunk = Extract<Chunk, { type: "tool-result" }>;

export interface Call {
  readonly callId: string;
  readonly name: string;
  /** Parsed arguments as the model gave them, frozen. */
  readonly input: unknown;
  readonly target?: string;
  readonly providerData?: unknown;
  /** How to run it, or, for the model, why it cannot be: it has exactly one of both. */
  readonly runnable?: Runnable;
  readonly refusal?: string;
}

export interface Runnable {
  readonly tool: ReadyTool;
  readonly checked: Validation | Promise<Validation>;
}

const listedTools = 50;
const longestTarget = 300;

export function prepareCall(
  callId: string,
  event: Extract<ProviderEvent, { type: "tool-call" }>,
  tools: ReadonlyMap<string, ReadyTool>,
  repetition: Repetition,
): Call {
  const tool = tools.get(event.name);
  const parsed = parseArguments(event.input);
  const call = {
    callId,
    name: tool === undefined ? wellFormedName(event.name) : tool.name,
    input: parsed.input,
    ...(event.providerData === undefined ? {} : { providerData: event.providerData }),
  };
  if (repetition.tooMany(event.name, parsed.canonical)) return { ...call, refusal: tooManyTimes };
  if (tool === undefined) return { ...call, refusal: noSuchTool(event.name, [...tools.keys()]) };
  if (parsed.problem !== undefined) return { ...call, refusal: parsed.problem };

  const args = argumentsOf(event.input, parsed);
  const checked = checkArguments(tool, args);
  if ("ok" in checked && !checked.ok) return { ...call, refusal: describeIssues(checked.issues) };
  const target = targetOf(tool, "ok" in checked ? checked.value : args);
  return { ...call, ...(target === undefined ? {} : { target }), runnable: { tool, checked } };
}

/** A copy of its own for the tool: one that changes its arguments must not change history. */
const argumentsOf = (text: string, { canonical }: ParsedArguments): unknown =>
  canonical === "{}" ? {} : JSON.parse(text);

/** Providers refuse a history that holds a name of another form, so a made-up name is stored in that form. */
const wellFormedName = (name: string): string =>
  name.replace(/[^A-Za-z0-9_-]/g, "_").slice(0, 64) || "unnamed";

const tooManyTimes =
  "Not run: the same call was made again and again with the same arguments. The turn ends here.";

function noSuchTool(name: string, names: readonly string[]): string {
  const close = nearest(name, names);
  const hint = close === undefined ? "" : ` Did you mean "${close}"?`;
  const more = names.length > listedTools ? ` and ${names.length - listedTools} more` : "";
  const list =
    names.length === 0 ? "There are no tools." : `Tools: ${names.slice(0, listedTools).join(", ")}${more}.`;
  return `There is no tool "${shorten(name, 64)}".${hint} ${list}`;
}

function targetOf({ tool }: ReadyTool, value: unknown): string | undefined {
  try {
    const target: unknown = tool.target?.(value);
    return typeof target === "string" && target !== "" ? shorten(target, longestTarget) : undefined;
  } catch {
    return undefined; // Only a label for people: a call is not refused because it has none.
  }
}
