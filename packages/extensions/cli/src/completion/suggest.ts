/** The completion library, wrapped: from the table of commands to its tree, and back to lines for a shell's script. */
import { type Complete, RootCommand } from "@bomb.sh/tab";
import type { Command, CommandOption } from "../ports.ts";
import { safeDescription, safeProposal } from "./safe-proposal.ts";
import { bashScript } from "./scripts/bash-script.ts";
import { fishScript } from "./scripts/fish-script.ts";
import { powershellScript } from "./scripts/powershell-script.ts";
import { zshScript } from "./scripts/zsh-script.ts";

/** One proposal and what it means. */
export type Proposal = readonly [value: string, description: string];

/** What only a server knows. */
export interface Values {
  readonly conversations: readonly Proposal[];
  readonly models: readonly Proposal[];
}

export const shells = ["bash", "zsh", "fish", "powershell"] as const;
export type Shell = (typeof shells)[number];

type Table = readonly { readonly name: string; readonly value: Command }[];

/** Flags that every command takes. */
const globalOptions: readonly CommandOption[] = [
  { flags: "--server <url>", description: "address of the server" },
  { flags: "--data-dir <path>", description: "data folder" },
  { flags: "--no-start", description: "do not start a server" },
  { flags: "--json", description: "print JSON" },
  { flags: "--no-color", description: "print without colours" },
  { flags: "--help", description: "show help" },
];

/**
 * What makes a shell ask `dispatch complete -- …`. Our own, not the library's: its scripts evaluate the line that is being typed,
 * so that a `$(…)` in it ran at the tab key.
 */
export const scripts: Readonly<Record<Shell, string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
  powershell: powershellScript,
};

/** Prints proposals for the last word, in the form the script reads. */
export function printProposals(table: Table, words: readonly string[], values: Values): void {
  treeOf(table, values).parse([...words]);
}

function treeOf(table: Table, values: Values): RootCommand {
  const root = new RootCommand();
  for (const option of globalOptions) addOption(root, option, values);
  for (const { name, value } of table) {
    if (value.hidden) continue;
    const sub = root.command(name, safeDescription(value.summary));
    for (const argument of argumentsOf(value)) {
      sub.argument(argument.name, propose(valuesOf(argument.name, values)), argument.variadic);
    }
    for (const option of [...(value.options ?? []), ...globalOptions]) addOption(sub, option, values);
  }
  return root;
}

function addOption(
  to: RootCommand | ReturnType<RootCommand["command"]>,
  option: CommandOption,
  values: Values,
) {
  const { long, short, takesValue } = flagsOf(option);
  const { choices } = option;
  const description = safeDescription(option.description);
  if (!takesValue) {
    if (short === undefined) to.option(long, description);
    else to.option(long, description, short);
    return;
  }
  const proposals = choices ? choices.map((choice): Proposal => [choice, ""]) : valuesOf(long, values);
  to.option(long, description, propose(proposals), short);
}

/** `-m, --model <id>` → model, m, true. */
export function flagsOf({ flags }: CommandOption): {
  long: string;
  short: string | undefined;
  takesValue: boolean;
} {
  return {
    long: /--([\w-]+)/.exec(flags)?.[1] ?? flags,
    short: /(?:^|\s)-(\w)\b/.exec(flags)?.[1],
    takesValue: /[<[]/.test(flags),
  };
}

/** `<id> [text...]` → its names. */
export const argumentsOf = ({ arguments: given = "" }: Command): { name: string; variadic: boolean }[] =>
  [...given.matchAll(/[<[]([^>\]]+?)(\.\.\.)?[>\]]/g)].map(([, name = "", dots]) => ({
    name,
    variadic: dots !== undefined,
  }));

/** By the name of an argument or a flag. */
function valuesOf(name: string, { conversations, models }: Values): readonly Proposal[] {
  if (name === "id" || name === "conversation" || name === "prefix") return conversations;
  if (name === "model") return models;
  if (name === "shell") return shells.map((shell): Proposal => [shell, ""]);
  return [];
}

const propose = (proposals: readonly Proposal[]) => (complete: Complete) => {
  for (const proposal of proposals) {
    const safe = safeProposal(proposal);
    if (safe) complete(...safe);
  }
};
