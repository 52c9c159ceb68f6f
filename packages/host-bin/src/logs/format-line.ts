/** One line of the log for people, and for their screens: what extensions log may quote anything. */
import { printable } from "@dispatch/cli/ports";
import type { LogLevel } from "@dispatch/kernel/host";

export const logLevels: readonly LogLevel[] = ["debug", "info", "warn", "error"];

/** Undefined: below the level. What is no log line, like the last words of a crash, is shown as it stands. */
export function formatLine(line: string, level: LogLevel): string | undefined {
  const entry = parse(line);
  if (!entry) return printable(line);
  if (logLevels.indexOf(entry.level as LogLevel) < logLevels.indexOf(level)) return undefined;
  const { time = "", extension = "", message = "", fields } = entry;
  const { stack, ...rest } = (fields ?? {}) as Record<string, unknown>;
  const more = Object.entries(rest).map(([name, value]) => ` ${name}=${JSON.stringify(value)}`);
  const below = typeof stack === "string" ? stack.split("\n").slice(1).join("\n") : "";
  const head = `${String(time).slice(0, 19).replace("T", " ")} ${String(entry.level).padEnd(5)} ${String(extension)}: ${String(message)}`;
  return printable(head + more.join("") + (below === "" ? "" : `\n${below}`));
}

/** Whether the line is of that level or worse. */
export const isWorth = (line: string, level: LogLevel): boolean => formatLine(line, level) !== undefined;

function parse(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    const fits = typeof value === "object" && value !== null && "level" in value && "message" in value;
    return fits ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined; // not one of ours
  }
}
