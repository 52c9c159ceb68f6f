/** Whether what a client gives fits the command: the same words a command line would use, each with its path. */
import type { FieldError } from "@dispatch/wire";
import type { ServerCommand, ServerCommandCall } from "./ports.ts";
import { readArguments, readFlags } from "./signature.ts";

export type Given = Pick<ServerCommandCall, "args" | "options">;

/** Everything that is wrong with it. */
export function checkRun(command: ServerCommand, { args, options }: Given): FieldError[] {
  return [...checkArguments(command, args), ...checkOptions(command, options)];
}

function checkArguments(command: ServerCommand, args: Given["args"]): FieldError[] {
  const wanted = readArguments(command.arguments) ?? [];
  const missing = wanted.flatMap(({ name, required }, at) =>
    required && args[at] === undefined
      ? [{ path: `args.${at}`, message: `The argument <${name}> is missing.` }]
      : [],
  );
  if (args.length > wanted.length && !wanted.at(-1)?.variadic) {
    const many = wanted.length === 1 ? "one argument" : `${wanted.length} arguments`;
    missing.push({ path: "args", message: `It takes ${wanted.length === 0 ? "no arguments" : many}.` });
  }
  return missing;
}

function checkOptions(command: ServerCommand, given: Given["options"]): FieldError[] {
  const errors: FieldError[] = [];
  const known = new Map((command.options ?? []).map((option) => [readFlags(option.flags)?.key, option]));
  for (const [key, value] of Object.entries(given)) {
    const path = `options.${key}`;
    const option = known.get(key);
    const flags = option && readFlags(option.flags);
    if (!option || !flags) {
      errors.push({ path, message: "Unknown option." });
    } else if (
      flags.value === "none"
        ? typeof value !== "boolean"
        : flags.value === "required" && typeof value !== "string"
    ) {
      errors.push({
        path,
        message: flags.value === "none" ? "It takes no value: true or false." : "It needs a value.",
      });
    } else if (option.choices && typeof value === "string" && !option.choices.includes(value)) {
      errors.push({ path, message: `It is one of ${option.choices.join(", ")}.` });
    }
  }
  return errors;
}
