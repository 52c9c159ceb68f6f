/** The boot report for people: a tree, each extension below what it depends on, with state, milliseconds, trust and why. */
import type { ExtensionInfo, ExtensionState } from "../contracts/host-api.ts";
import type { Problem } from "./options.ts";

export interface ReportInput {
  /** In order of activation. */
  readonly extensions: readonly ExtensionInfo[];
  /** Ids that an extension must have active, in order of activation. */
  readonly requires: (id: string) => readonly string[];
  readonly problems: readonly Problem[];
  readonly durationMs: number;
}

const states: readonly ExtensionState[] = ["active", "lazy", "pending", "failed", "disabled", "stopped"];

export function formatReport({ extensions, requires, problems, durationMs }: ReportInput): string {
  const counts = states
    .map((state) => ({ state, count: extensions.filter((each) => each.state === state).length }))
    .filter(({ count }) => count > 0)
    .map(({ state, count }) => `${count} ${state}`);
  const lines = [
    `${extensions.length} extensions: ${counts.join(", ") || "none"} (${Math.round(durationMs)} ms)`,
  ];

  const shown = new Set(extensions.map((each) => each.id));
  const parentOf = (id: string) => requires(id).findLast((each) => shown.has(each) && each !== id);
  const rows: { prefix: string; info: ExtensionInfo; inner: string }[] = [];
  const walk = (children: readonly ExtensionInfo[], indent: string): void => {
    children.forEach((info, index) => {
      const last = index === children.length - 1;
      const inner = `${indent}${last ? "   " : "│  "}`;
      rows.push({ prefix: `${indent}${last ? "└─ " : "├─ "}`, info, inner });
      const isFirstOfItsId = extensions.find((each) => each.id === info.id) === info;
      if (isFirstOfItsId)
        walk(
          extensions.filter((each) => parentOf(each.id) === info.id),
          inner,
        );
    });
  };
  walk(
    extensions.filter((each) => parentOf(each.id) === undefined),
    "",
  );

  const width = Math.max(0, ...rows.map(({ prefix, info }) => `${prefix}${info.id} ${info.version}`.length));
  for (const { prefix, info, inner } of rows) {
    const name = `${prefix}${info.id} ${info.version}`.padEnd(width);
    const ms = info.activationMs === undefined ? "" : `${Math.round(info.activationMs)} ms`;
    const faults = info.faults === 0 ? "" : `  ${info.faults} faults, last: ${info.lastFault}`;
    lines.push(`${name}  ${info.state.padEnd(8)}  ${ms.padStart(8)}  ${info.trust}${faults}`.trimEnd());
    if (info.reason !== undefined) lines.push(`${inner}  why: ${info.reason}`);
    for (const { extensionId, severity, message } of problems) {
      if (severity === "warning" && extensionId === info.id) lines.push(`${inner}  note: ${message}`);
    }
  }
  return lines.join("\n");
}
