/** `dispatch models`: what can be asked now; a failing provider is named and hides no other. */
import { createOutput } from "../output.ts";
import type { Command } from "../ports.ts";
import { table } from "../table.ts";

export const models: Command = {
  summary: "list the models that can be used",
  async run(call) {
    const output = createOutput(call);
    const answer = await (await call.connect()).models();
    if (call.globals.json) {
      output.json(answer);
      return;
    }
    const rows = answer.items.map(({ id, provider, contextWindow, ...model }) => [
      model.default ? "*" : "",
      id,
      provider,
      contextWindow === undefined ? "" : `${contextWindow.toLocaleString("en-US")} tokens`,
    ]);
    for (const line of table(rows)) output.line(line);
    for (const { credential, message } of answer.failures) output.note(`${credential}: ${message}`);
  },
};
