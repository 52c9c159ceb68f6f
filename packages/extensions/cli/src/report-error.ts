/** Any thrown value as a sentence on stderr and an exit code. */
import { isClientError } from "@dispatch/client";
import { isCommandError } from "./command-error.ts";
import { exitCodes } from "./exit-codes.ts";
import { jsonLine } from "./output.ts";
import type { GlobalOptions } from "./ports.ts";
import type { Terminal } from "./terminal.ts";
import { printable } from "./transcript/printable.ts";

interface Report {
  readonly code: string;
  readonly message: string;
  readonly fix?: string | undefined;
  /** Further lines: fields of a refused body, candidates of an ambiguous id. */
  readonly details: readonly string[];
  readonly exitCode: number;
}

/** With `--json` one line of JSON, still on stderr: stdout holds results only. */
export function reportError(
  error: unknown,
  terminal: Terminal,
  globals: Pick<GlobalOptions, "json">,
): number {
  const { exitCode, ...report } = describe(error);
  if (globals.json) {
    terminal.stderr.write(`${jsonLine({ error: report })}\n`);
    return exitCode;
  }
  const lines = [`dispatch: ${report.message}`, ...report.details.map((detail) => `  ${detail}`)];
  if (report.fix !== undefined) lines.push(`  ${report.fix}`);
  terminal.stderr.write(`${printable(lines.join("\n"))}\n`); // providers' words are among them
  return exitCode;
}

function describe(error: unknown): Report {
  if (isCommandError(error)) {
    return {
      code: error.code,
      message: error.message,
      fix: error.fix,
      details: [],
      exitCode: error.exitCode,
    };
  }
  if (isClientError(error)) {
    const { fix, errors = [], data } = error.details;
    const fields = errors.map(({ path, message }) => `${path}: ${message}`);
    // What was given does not fit: that is usage. A single reason is in the message already, and so are the paths.
    if (error.code === "invalid-request") {
      const details = fields.filter((field) => field !== error.message);
      return { code: error.code, message: error.message, details, exitCode: exitCodes.usage };
    }
    const exitCode = error.code === "unreachable" ? exitCodes.unreachable : exitCodes.failed;
    const details = [...fields, ...candidatesOf(data.candidates)];
    return { code: error.code, message: error.message, fix, details, exitCode };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { code: "internal", message, details: [], exitCode: exitCodes.failed };
}

function candidatesOf(candidates: unknown): string[] {
  if (!Array.isArray(candidates)) return [];
  return candidates.map((candidate: unknown) =>
    typeof candidate === "object" && candidate !== null && "id" in candidate
      ? `${String(candidate.id)}${"title" in candidate ? `  ${String(candidate.title)}` : ""}`
      : String(candidate),
  );
}
