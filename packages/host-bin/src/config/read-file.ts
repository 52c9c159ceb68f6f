/** One configuration file: JSON with comments and trailing commas, read and checked. */
import { readFileSync } from "node:fs";
import type { Manifest } from "@dispatch/kernel";
import { nearest } from "@dispatch/kernel/host";
import { getNodeValue, type ParseError, parseTree, printParseErrorCode } from "jsonc-parser";
import { messageOf } from "../start-error.ts";
import { type ConfigProblem, checkConfig, isObject, join } from "./check.ts";
import { refusedInProject } from "./project-rules.ts";
import { configSchema } from "./schema.ts";

export interface ConfigFile {
  /** Undefined: there is no such file. */
  readonly value: Record<string, unknown> | undefined;
  readonly problems: readonly ConfigProblem[];
}

export interface ReadOptions {
  /** `project`: what a project may not set is a problem too. */
  readonly role: "user" | "project";
  /** Its absence is a problem. */
  readonly required?: boolean;
  readonly manifests: readonly Manifest[];
  /** There may be more extensions than these. */
  readonly openList?: boolean;
}

export function readConfigFile(path: string, options: ReadOptions): ConfigFile {
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
  const tree = parseTree(text.replace(/^\uFEFF/, ""), errors, { allowTrailingComma: true });
  if (errors.length > 0)
    return { value: undefined, problems: errors.map((error) => syntaxProblem(text, error)) };
  const value: unknown = tree && getNodeValue(tree); // objects without prototype: `__proto__` is a key like others
  if (!isObject(value)) return { value: undefined, problems: checkConfig(value, configSchema) };
  const refused = options.role === "project" ? refusedInProject(value, options.manifests) : [];
  const isRefused = ({ path: wrong }: ConfigProblem) =>
    refused.some(({ path: key }) => wrong === key || wrong.startsWith(`${key}.`));
  const wrong = [
    ...checkConfig(value, configSchema),
    ...(options.openList ? [] : unknownExtensions(value, options.manifests)),
  ];
  return { value, problems: [...refused, ...wrong.filter((problem) => !isRefused(problem))] };
}

/** A name that no extension has is a typing mistake: it would silently do nothing. */
function unknownExtensions(
  { extensions }: Record<string, unknown>,
  manifests: readonly Manifest[],
): ConfigProblem[] {
  const known = manifests.map(({ id }) => id);
  const wrong = Object.keys(isObject(extensions) ? extensions : {}).filter((id) => !known.includes(id));
  return wrong.map((id) => {
    const near = nearest(id, known);
    const hint = near === undefined ? `there are ${known.join(", ")}` : `did you mean "${near}"?`;
    return { path: join("extensions", id), message: `no such extension; ${hint}` };
  });
}

function syntaxProblem(text: string, error: ParseError): ConfigProblem {
  const lines = text.slice(0, error.offset).split("\n");
  const words = printParseErrorCode(error.error)
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .toLowerCase();
  return { path: "", message: `line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}: ${words}` };
}
