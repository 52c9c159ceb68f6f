/** One configuration file: JSON with comments and trailing commas, read and checked. */
import { readFileSync } from "node:fs";
import { type ParseError, parse, printParseErrorCode } from "jsonc-parser";
import { messageOf } from "../start-error.ts";
import { type ConfigProblem, checkConfig, isObject } from "./check.ts";
import { refusedInProject } from "./project-rules.ts";
import { configSchema } from "./schema.ts";

export interface ConfigFile {
  /** Undefined: there is no such file. */
  readonly value: Record<string, unknown> | undefined;
  readonly problems: readonly ConfigProblem[];
}

/** `role` project: what a project may not set is a problem too. `required`: so is its absence. */
export function readConfigFile(
  path: string,
  options: { role: "user" | "project"; required?: boolean },
): ConfigFile {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const absent = code === "ENOENT" || code === "ENOTDIR";
    if (absent && !options.required) return { value: undefined, problems: [] };
    const message = absent ? "there is no such file" : `cannot be read: ${messageOf(error)}`;
    return { value: undefined, problems: [{ path: "", message }] };
  }
  const errors: ParseError[] = [];
  const value: unknown = parse(text.replace(/^\uFEFF/, ""), errors, { allowTrailingComma: true });
  if (errors.length > 0)
    return { value: undefined, problems: errors.map((error) => syntaxProblem(text, error)) };
  const refused = options.role === "project" && isObject(value) ? refusedInProject(value) : [];
  const explained = new Set(refused.map(({ path }) => path));
  const wrong = checkConfig(value, configSchema).filter((problem) => !explained.has(problem.path));
  return { value: isObject(value) ? value : undefined, problems: [...refused, ...wrong] };
}

function syntaxProblem(text: string, error: ParseError): ConfigProblem {
  const lines = text.slice(0, error.offset).split("\n");
  const words = printParseErrorCode(error.error)
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .toLowerCase();
  return { path: "", message: `line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}: ${words}` };
}
