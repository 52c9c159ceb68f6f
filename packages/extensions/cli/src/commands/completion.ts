/** `dispatch completion <shell>` prints a script for the shell; the script asks the hidden `dispatch complete`. */
import { commandError } from "../command-error.ts";
import type { Proposal, Shell, Values } from "../completion/suggest.ts";
import { clientOf } from "../connect.ts";
import { shortId } from "../conversation-id.ts";
import { exitCodes } from "../exit-codes.ts";
import type { Command, CommandCall } from "../ports.ts";

export const completion: Command = {
  summary: "print a completion script for bash, zsh, fish or powershell",
  arguments: "<shell>",
  examples: [
    'eval "$(dispatch completion bash)"              in ~/.bashrc, bash 3.2 or newer',
    "source <(dispatch completion zsh)               in ~/.zshrc, after compinit",
    "dispatch completion fish | source               in ~/.config/fish/config.fish",
    "dispatch completion powershell | Out-String | Invoke-Expression   in $PROFILE",
  ],
  async run({ args, terminal }) {
    const { scripts, shells } = await import("../completion/suggest.ts");
    const [shell] = args;
    if (!(shells as readonly (string | undefined)[]).includes(shell)) {
      throw commandError(`There is no completion for "${shell}".`, {
        exitCode: exitCodes.usage,
        fix: `There is one for ${shells.join(", ")}.`,
      });
    }
    terminal.stdout.write(`${scripts[shell as Shell]}\n`);
  },
};

export const complete: Command = {
  summary: "answer a completion script",
  arguments: "[words...]",
  hidden: true,
  async run(call) {
    const { printProposals } = await import("../completion/suggest.ts");
    printProposals(call.commands, call.args, await valuesFor(call));
  },
};

/** Time a server has to name its conversations or models, in ms: somebody waits with a finger on the tab key. */
const patienceMs = 1_500;

/** Asks a server that runs; starts none. What cannot be had is not proposed. */
async function valuesFor(call: CommandCall): Promise<Values> {
  const nothing: Values = { conversations: [], models: [] };
  const wanted = wantedBy(call);
  if (!wanted) return nothing;
  try {
    const server = await call.servers.find(call.globals);
    if (!server) return nothing;
    const client = clientOf(server, {
      fetch: (url, init) => fetch(url, { ...init, signal: AbortSignal.timeout(patienceMs) }),
    });
    if (wanted === "models") {
      const { items } = await client.models();
      return { ...nothing, models: items.map(({ id, provider }): Proposal => [id, provider]) };
    }
    const { items } = await client.list({ status: "active,idle,closed", limit: 50 });
    return { ...nothing, conversations: items.map(({ id, title }): Proposal => [shortId(id), title]) };
  } catch {
    return nothing; // a shell has no place for an error in the middle of a line
  }
}

function wantedBy({ args, commands }: CommandCall): keyof Values | undefined {
  const [name, ...words] = args;
  const command = commands.find((each) => each.name === name)?.value;
  if (!command) return undefined;
  const last = words.at(-1) ?? "";
  const before =
    last.startsWith("--") && last.includes("=") ? last.replace(/=.*/s, "") : (words.at(-2) ?? "");
  if (/^(-m|--model)$/.test(before)) return "models";
  if (/^(-c|--conversation)$/.test(before)) return "conversations";
  return /[<[](id|prefix)[>\]]/.test(command.arguments ?? "") ? "conversations" : undefined;
}
