/** `key=value` words as a patch of settings, each value typed by the schema of its setting. */
import { delimiter, resolve } from "node:path";
import { nearest } from "@dispatch/kernel";
import { type PatchBody, patchBody } from "@dispatch/wire";
import { commandError } from "../command-error.ts";
import { exitCodes } from "../exit-codes.ts";

/** What PATCH takes is what can be set. */
const shapes = patchBody.shape.settings.unwrap().shape;
type SettingName = keyof typeof shapes;
const settingNames: readonly string[] = Object.keys(shapes);

export type SettingsPatch = NonNullable<PatchBody["settings"]>;

/** A text as the setting takes it: as it stands, else as JSON; `null` clears. `a.b=c` gives a part. Throws every problem at once. */
export function readAssignments(words: readonly string[], cwd: string): SettingsPatch {
  const given: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const word of words) {
    const problem = assign(given, word);
    if (problem !== undefined) problems.push(problem);
  }
  const patch: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(given)) {
    const read = typed(name as SettingName, value, cwd);
    if ("problem" in read) problems.push(`${name}: ${read.problem}`);
    else patch[name] = read.value;
  }
  if (problems.length > 0) {
    throw commandError(problems.join("\n  "), {
      exitCode: exitCodes.usage,
      fix: "Nothing was changed; `dispatch set --help` shows how values are written.",
    });
  }
  return patch;
}

/** Puts one word into `given`; gives what is wrong with it. */
function assign(given: Record<string, unknown>, word: string): string | undefined {
  const equals = word.indexOf("=");
  if (equals < 1) return `"${word}" is not key=value`;
  const [name = "", ...parts] = word.slice(0, equals).split(".");
  const text = word.slice(equals + 1);
  if (!settingNames.includes(name)) {
    const near = nearest(name, settingNames);
    return `"${name}" is not a setting; ${near === undefined ? `there are ${settingNames.join(", ")}` : `did you mean "${near}"?`}`;
  }
  if (parts.length === 0) {
    given[name] = text;
    return undefined;
  }
  if (parts.length > 1) return `"${word}": one part at a time, as in ${name}.${parts[0]}=…`;
  const whole = given[name];
  const others = typeof whole === "object" ? whole : {};
  given[name] = { ...others, [parts[0] ?? ""]: jsonOf(text) };
  return undefined;
}

type Typed = { readonly value: unknown } | { readonly problem: string };

function typed(name: SettingName, given: unknown, cwd: string): Typed {
  if (given === "null") return { value: null };
  if (name === "cwd" && typeof given === "string" && given !== "") return { value: resolve(cwd, given) };
  if (name === "dirs" && typeof given === "string" && given !== "" && !given.startsWith("["))
    return { value: given.split(delimiter).map((dir) => resolve(cwd, dir)) };
  const shape = shapes[name];
  const asItStands = shape.safeParse(given);
  if (asItStands.success) return { value: asItStands.data };
  const asJson = shape.safeParse(typeof given === "string" ? jsonOf(given) : given);
  if (asJson.success) return { value: asJson.data };
  const issues = asJson.error.issues.map(({ path, message }) => [...path, message].join(": "));
  return { problem: issues.join("; ") };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text; // a text that is not JSON stands for itself
  }
}
