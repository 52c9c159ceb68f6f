/** The argument text of a call as data: parsed, or a sentence on what is wrong with it. */
import { messageOf } from "./failure.ts";
import { shorten } from "./surrogates.ts";

const deepest = 200;
const excerptLength = 200;

export interface ParsedArguments {
  /** For the log and the transcript: frozen through and through. `{}` when there is a problem. */
  readonly input: Readonly<Record<string, unknown>>;
  /** The same for equal arguments, whatever the order of their keys. */
  readonly canonical: string;
  readonly problem?: string;
}

/** Parses `text`; empty text means no arguments. */
export function parseArguments(text: string): ParsedArguments {
  if (text.trim() === "") return { input: Object.freeze({}), canonical: "{}" };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return malformed(text, `are not valid JSON (${shorten(messageOf(error), excerptLength)})`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return malformed(text, `must be a JSON object, not ${nameOf(value)}`);
  const canonical = freeze(value, 0);
  if (canonical === undefined) return malformed(text, `are nested deeper than ${deepest} levels`);
  return { input: value as Record<string, unknown>, canonical };
}

const malformed = (text: string, what: string): ParsedArguments => ({
  input: Object.freeze({}),
  canonical: text,
  problem: `The arguments ${what}. Nothing was run. They were: ${shorten(text, excerptLength)}`,
});

const nameOf = (value: unknown): string =>
  value === null ? "null" : Array.isArray(value) ? "an array" : `a ${typeof value}`;

/** Freezes JSON data and gives its text with sorted keys; undefined when it is nested too deep. */
function freeze(value: unknown, depth: number): string | undefined {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (depth === deepest) return undefined;
  Object.freeze(value);
  const parts: string[] = [];
  if (Array.isArray(value)) {
    for (const item of value) {
      const part = freeze(item, depth + 1);
      if (part === undefined) return undefined;
      parts.push(part);
    }
    return `[${parts.join(",")}]`;
  }
  for (const [key, item] of Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const part = freeze(item, depth + 1);
    if (part === undefined) return undefined;
    parts.push(`${JSON.stringify(key)}:${part}`);
  }
  return `{${parts.join(",")}}`;
}
