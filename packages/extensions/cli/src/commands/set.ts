/** `dispatch set <id> key=value…`: the settings of a conversation, shown with their sources or changed all at once. */
import { requiredId } from "../conversation-id.ts";
import { createOutput } from "../output.ts";
import type { Command } from "../ports.ts";
import type { SettingsPatch } from "../settings/assignments.ts";
import { table } from "../table.ts";

export const set: Command = {
  summary: "show the settings of a conversation and their sources, or change them",
  arguments: "<id> [key=value...]",
  examples: [
    "dispatch set 0193                                 what holds, and why",
    "dispatch set 0193 model=openai/gpt-5 maxSteps=20  all of it or nothing",
    "dispatch set 0193 warming.enabled=true cwd=..     parts of a value; paths from here",
    "dispatch set 0193 effort=null                     back to what holds without it",
  ],
  async run(call) {
    const output = createOutput(call);
    const assignments = call.args.slice(1);
    const patch = assignments.length === 0 ? undefined : await patchOf(assignments, call.terminal.cwd);
    const client = await call.connect();
    const { id } = await client.resolve(requiredId(call));
    const view = patch ? await client.patch(id, { settings: patch }) : await client.get(id);
    if (call.globals.json) {
      output.json({ id, settings: view.settings });
      return;
    }
    const shown = Object.entries(view.settings).filter(([name]) => patch === undefined || name in patch);
    const rows = shown.map(([name, { value, source }]) => [name, JSON.stringify(value), `(${source})`]);
    for (const line of table(rows)) output.line(line);
    for (const name of Object.keys(patch ?? {})) if (!(name in view.settings)) output.line(`${name}  unset`);
  },
};

/** The schemas come with their library, which only this command and no `--help` should load. */
async function patchOf(assignments: readonly string[], cwd: string): Promise<SettingsPatch> {
  const { readAssignments } = await import("../settings/assignments.ts");
  return readAssignments(assignments, cwd);
}
