/** Whether a command line needs the commands of the server's extensions: only when it names none of its own, or asks for all. */
import type { ServerTarget } from "../ports.ts";

/** Own commands that speak of all commands. */
const general: ReadonlySet<string> = new Set(["help", "complete"]);

export function wantsServerCommands(args: readonly string[], own: ReadonlySet<string>): boolean {
  const { name } = firstWords(args);
  return name === undefined || general.has(name) || !own.has(name);
}

/** The flags that say where the server is, as far as they stand before or after the command's name. */
export function targetOf(args: readonly string[]): ServerTarget {
  const { server, dataDir } = firstWords(args);
  return { server, dataDir };
}

interface FirstWords extends ServerTarget {
  /** The first word that is no flag and no value of one. */
  readonly name?: string | undefined;
}

function firstWords(args: readonly string[]): FirstWords {
  let name: string | undefined;
  const found: { server?: string; dataDir?: string } = {};
  for (let at = 0; at < args.length; at += 1) {
    const word = args[at] ?? "";
    if (word === "--") break;
    const [, flag, value] = /^--(server|data-dir)(?:=(.*))?$/s.exec(word) ?? [];
    if (flag !== undefined) found[flag === "server" ? "server" : "dataDir"] = value ?? args[++at] ?? "";
    else if (!word.startsWith("-")) name ??= word;
  }
  return { name, ...found };
}
