/** What a tool call is about, in a line: what the server says, or what its input shows at first sight. Pure. */

const telling = ["path", "url", "pattern", "query", "name", "message", "task", "id"];

/** Undefined: nothing that would tell more than the tool's name. */
export function callTarget(input: unknown): string | undefined {
  if (typeof input !== "object" || input === null) return undefined;
  const fields = input as Readonly<Record<string, unknown>>;
  if (Array.isArray(fields.argv)) return fields.argv.map(String).join(" ");
  if (typeof fields.script === "string") return fields.script.trim().split("\n", 1)[0];
  for (const name of telling) {
    const value = fields[name];
    if (typeof value === "string" && value !== "") return value;
  }
  return undefined;
}
