/** A call as a person is asked about it: every part of its input, in full and in the order it has. Pure. */
import type { Approval } from "@dispatch/wire";

export interface ApprovalLine {
  readonly label: string;
  readonly text: string;
}

export function approvalLines({ name, input, cwd }: Approval["request"]): ApprovalLine[] {
  const fields =
    typeof input === "object" && input !== null && !Array.isArray(input)
      ? Object.entries(input)
      : [["input", input] as const];
  return [
    { label: "tool", text: name },
    ...fields.map(([label, value]) => ({ label, text: valueText(label, value) })),
    { label: "working directory", text: cwd },
  ];
}

/** Text as it is; a command with its words told apart; everything else as JSON. */
function valueText(label: string, value: unknown): string {
  if (typeof value === "string") return value;
  if (label === "argv" && Array.isArray(value))
    return value
      .map((word) => (/^[\w@%+=:,./-]+$/.test(String(word)) ? word : JSON.stringify(word)))
      .join(" ");
  return JSON.stringify(value, null, 2) ?? "";
}
