// turn-tally.ts — a command: `dispatch tally [reason...]`, beside the program's own in its help, run in the server
import { commands } from "@dispatch/commands/ports";
import { defineExtension, defineManifest } from "@dispatch/kernel";
import { turnSettled } from "@dispatch/session-orchestrator/ports";

export const manifest = defineManifest({
  id: "turn-tally",
  version: "1.0.0",
  apiVersion: "^1.0.0",
  description: "Counts how turns end, for the command line.",
  dependsOn: { "session-orchestrator": "*", commands: "*" },
  contributes: { points: { "commands/commands": ["tally"] } },
  listens: { events: ["session-orchestrator/turnSettled"] },
});

export default defineExtension(manifest, (host) => {
  const counts = new Map<string, number>();

  host.on(turnSettled, ({ reason }) => {
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
  });

  host.contribute(commands, "tally", {
    summary: "say how the turns of this server ended",
    arguments: "[reason...]",
    options: [{ flags: "--at-least <n>", description: "fail when there were fewer" }],
    examples: ["dispatch tally completed --at-least 10"],
    scope: "read",
    async run({ args, options }) {
      const chosen = [...counts].filter(([reason]) => args.length === 0 || args.includes(reason));
      const total = chosen.reduce((sum, [, count]) => sum + count, 0);
      const lines = chosen.map(([reason, count]) => `${reason}: ${count}\n`);
      return {
        text: lines.length === 0 ? "no turn yet\n" : lines.join(""),
        json: chosen.map(([reason, count]) => ({ reason, count })),
        exitCode: total < Number(options.atLeast ?? 0) ? 1 : 0,
      };
    },
  });
});
