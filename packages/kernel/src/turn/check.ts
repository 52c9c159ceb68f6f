/** Arguments against a tool's schema. */
import type { SchemaIssue, Validation } from "../contracts/schema.ts";
import type { ReadyTool } from "../contracts/turn.ts";
import { messageOf } from "./failure.ts";

const listedIssues = 20;

/** At once when the schema can; never throws or rejects: a schema that fails has found the arguments wrong. */
export function checkArguments({ schema }: ReadyTool, value: unknown): Validation | Promise<Validation> {
  try {
    const checked = schema.validate(value);
    return "ok" in checked ? checked : checked.then((later) => later, uncheckable);
  } catch (error) {
    return uncheckable(error);
  }
}

const uncheckable = (error: unknown): Validation => ({
  ok: false,
  issues: [{ path: "", message: `The arguments could not be checked: ${messageOf(error)}` }],
});

/** For the model: one `path: message` line per issue. */
export function describeIssues(issues: readonly SchemaIssue[]): string {
  const lines = issues
    .slice(0, listedIssues)
    .map(({ path, message }) => (path === "" ? message : `${path}: ${message}`));
  if (issues.length > listedIssues) lines.push(`and ${issues.length - listedIssues} more`);
  return ["The arguments do not fit the tool's schema. Nothing was run.", ...lines].join("\n");
}
