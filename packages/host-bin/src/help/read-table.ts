/**
 * Reads a table of commands as it may be found: written by another version, cut, edited, or answered by a server that means
 * no good. What does not fit is left out, what is no text for a screen is taken out of texts. No schema library: help is
 * to be there at once.
 */
import type { CommandInfo } from "@dispatch/wire";

/** As in the wire's `commandLimits`. */
const limits = { bytes: 262_144, commands: 200, list: 64, line: 256 } as const;

type Option = NonNullable<CommandInfo["options"]>[number];
type Bag = Readonly<Record<string, unknown>>;

/** The commands of a table file; nothing when it is damaged. */
export function readTable(text: string): readonly CommandInfo[] {
  if (text.length > limits.bytes) return [];
  try {
    return readCommands(JSON.parse(text));
  } catch {
    return [];
  }
}

/** Of `{ items }`, those that can be shown and parsed; of two with one name the first. */
export function readCommands(value: unknown): readonly CommandInfo[] {
  const commands = new Map<string, CommandInfo>();
  for (const item of listOf(bagOf(value)?.items).slice(0, limits.commands)) {
    const command = commandOf(bagOf(item));
    if (command && !commands.has(command.name)) commands.set(command.name, command);
  }
  return [...commands.values()];
}

function commandOf(item: Bag | undefined): CommandInfo | undefined {
  const { name, arguments: given } = item ?? {};
  if (!item || typeof name !== "string" || !/^[a-z][a-z0-9-]{0,39}$/.test(name)) return undefined;
  const args = lineOf(given);
  if (
    args !== "" &&
    !/^(?:(?:<[a-zA-Z][\w-]*(?:\.\.\.)?>|\[[a-zA-Z][\w-]*(?:\.\.\.)?\])(?: |$))+$/.test(args)
  )
    return undefined;
  const options = listOf(item.options).map((each) => optionOf(bagOf(each)));
  if (options.includes(undefined)) return undefined;
  const examples = listOf(item.examples).map(lineOf);
  return {
    name,
    summary: lineOf(item.summary),
    extension: lineOf(item.extension),
    ...(args === "" ? {} : { arguments: args }),
    ...(options.length === 0 ? {} : { options: options as Option[] }),
    ...(examples.length === 0 ? {} : { examples }),
  };
}

function optionOf(item: Bag | undefined): Option | undefined {
  const flags = lineOf(item?.flags);
  if (!item || !/^(?:-[a-zA-Z], )?--[a-z][a-z0-9-]*(?: (?:<[\w-]+>|\[[\w-]+\]))?$/.test(flags))
    return undefined;
  const choices = listOf(item.choices).map(lineOf);
  return { flags, description: lineOf(item.description), ...(choices.length === 0 ? {} : { choices }) };
}

const bagOf = (value: unknown): Bag | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Bag) : undefined;

const listOf = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? value.slice(0, limits.list * 4) : [];

/** One line without control characters, marks that turn text around, and line ends of any kind. */
const lineOf = (value: unknown): string =>
  typeof value === "string"
    ? value
        .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ")
        .replace(/ {2,}/g, " ")
        .trim()
        .slice(0, limits.line)
    : "";
