/** The structured log: one JSON object a line, secrets blanked, no text of conversations (extensions log none). */
import type { HostLogEntry, LogLevel } from "@dispatch/kernel/host";
import { messageOf } from "../start-error.ts";

export interface LoggerOptions {
  readonly level: LogLevel;
  /** Unix ms. */
  readonly now: () => number;
  readonly redact: (text: string) => string;
  /** Where lines go. */
  readonly sinks: readonly ((line: string) => void)[];
}

export type LogEntry = (entry: HostLogEntry) => void;

const ranks: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

/** Fields named like these are blanked whatever they hold. */
const secretNames = /^(authorization|cookie|token|api[-_]?key|password|secret)$/i;

export function createLogger({ level, now, redact, sinks }: LoggerOptions): LogEntry {
  return (entry) => {
    if (ranks[entry.level] < ranks[level]) return;
    const { extensionId, message, fields } = entry;
    const head = { time: new Date(now()).toISOString(), level: entry.level, extension: extensionId, message };
    const line = redact(stringify(fields === undefined ? head : { ...head, fields }));
    for (const sink of sinks) sink(line);
  };
}

/** Never throws: a log line about a failure must not be another one. */
function stringify(value: unknown): string {
  const parents: unknown[] = [];
  function replace(this: unknown, key: string, member: unknown): unknown {
    if (secretNames.test(key) && typeof member === "string") return "[redacted]";
    if (typeof member === "bigint") return `${member}n`;
    if (member instanceof Error) return { name: member.name, message: member.message, stack: member.stack };
    if (typeof member !== "object" || member === null) return member;
    while (parents.length > 0 && parents.at(-1) !== this) parents.pop();
    if (parents.includes(member)) return "[circular]";
    parents.push(member);
    return member;
  }
  try {
    return JSON.stringify(value, replace);
  } catch (error) {
    return JSON.stringify({
      level: "error",
      message: `a log entry could not be written: ${messageOf(error)}`,
    });
  }
}
