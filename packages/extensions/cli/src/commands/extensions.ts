/** `dispatch extensions`: the boot tree: state, milliseconds, trust, and why. */
import type { ExtensionRow } from "@dispatch/client";
import { createOutput } from "../output.ts";
import type { Command } from "../ports.ts";
import { table } from "../table.ts";

export const extensions: Command = {
  summary: "show the extensions of the server: state, time, trust",
  options: [{ flags: "--why", description: "with what each one needs and its faults" }],
  async run(call) {
    const output = createOutput(call);
    const { items } = await (await call.connect()).extensions();
    if (call.globals.json) {
      output.json({ items });
      return;
    }
    for (const { text, isFailed } of bootTree(items, { why: call.options.why === true }))
      output.line(text, isFailed ? output.colors.red : undefined);
  },
};

const marks: Readonly<Record<string, string>> = {
  active: "✓",
  lazy: "○",
  pending: "…",
  failed: "✗",
  disabled: "–",
  stopped: "–",
};

/** One line an extension, in boot order; what is not active says why even unasked. */
export function bootTree(
  items: readonly ExtensionRow[],
  options: { why: boolean },
): { readonly text: string; readonly isFailed: boolean }[] {
  const lines = table(
    items.map((item) => [
      marks[item.state] ?? "?",
      item.id,
      item.version,
      item.state,
      item.activationMs === undefined
        ? ""
        : `${item.activationMs.toFixed(item.activationMs < 10 ? 1 : 0)} ms`,
      item.trust,
    ]),
  );
  return items.flatMap((item, index) => {
    const branch = index === items.length - 1 ? "└─" : "├─";
    const stem = index === items.length - 1 ? "  " : "│ ";
    const line = `${branch} ${lines[index]}`;
    const reasons = item.reason === undefined ? [] : [item.reason];
    if (options.why && item.dependsOn.length > 0) reasons.push(`needs ${item.dependsOn.join(", ")}`);
    if (options.why && item.faults > 0) {
      reasons.push(
        `${item.faults === 1 ? "1 fault" : `${item.faults} faults, the last`}: ${item.lastFault ?? "unknown"}`,
      );
      const off = `"extensions": { "${item.id}": { "enabled": false } }`;
      reasons.push(
        `its stacks: \`dispatch logs --level error\`; to do without it, put into your config: ${off}`,
      );
    }
    return [
      { text: line, isFailed: item.state === "failed" },
      ...reasons.map((reason) => ({ text: `${stem}      ${reason}`, isFailed: false })),
    ];
  });
}
