/** The commands there are now: what extensions contributed, without what cannot be one, bounded. */
import type { Contribution } from "@dispatch/kernel";
import { type CommandInfo, commandLimits } from "@dispatch/wire";
import { describeCommand } from "./describe-command.ts";
import type { ServerCommand } from "./ports.ts";

export interface Catalogue {
  /** By name. */
  readonly commands: ReadonlyMap<string, { readonly command: ServerCommand; readonly info: CommandInfo }>;
  /** Left out, and why. */
  readonly refused: readonly { readonly name: string; readonly extension: string; readonly reason: string }[];
}

export function catalogueOf(contributions: readonly Contribution<ServerCommand>[]): Catalogue {
  const commands = new Map<string, { command: ServerCommand; info: CommandInfo }>();
  const refused: Catalogue["refused"][number][] = [];
  let bytes = 0;
  const sorted = [...contributions].sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const { name, value: command, extensionId: extension } of sorted) {
    const described = describeCommand(name, command, extension);
    if ("wrong" in described) {
      refused.push({ name, extension, reason: described.wrong });
      continue;
    }
    bytes += Buffer.byteLength(JSON.stringify(described.info)) + 1;
    if (commands.size === commandLimits.commands || bytes > commandLimits.tableBytes - 1_024) {
      refused.push({ name, extension, reason: "there are too many commands, or their texts are too long" });
      continue;
    }
    commands.set(name, { command, info: described.info });
  }
  return { commands, refused };
}
