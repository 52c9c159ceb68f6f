/** What a command's `arguments` and `flags` mean, read from the notation that help shows. */

export interface Positional {
  readonly name: string;
  readonly required: boolean;
  /** Takes all that follow; the last one only. */
  readonly variadic: boolean;
}

export interface Flags {
  /** `no-start` for `--no-start`. */
  readonly long: string;
  /** Under which its value is given: `start` for `--no-start`, `dryRun` for `--dry-run`. */
  readonly key: string;
  readonly short?: string | undefined;
  readonly value: "none" | "optional" | "required";
}

const positional = /^(?:<([a-zA-Z][\w-]{0,39})(\.\.\.)?>|\[([a-zA-Z][\w-]{0,39})(\.\.\.)?\])$/;

/** Undefined when it is not of the form `<a> <b> [c...]`: required ones first, a variadic one last. */
export function readArguments(text: string | undefined): readonly Positional[] | undefined {
  const words = (text ?? "").split(/\s+/).filter((word) => word !== "");
  const found: Positional[] = [];
  for (const word of words) {
    const match = positional.exec(word);
    const last = found.at(-1);
    if (!match || last?.variadic) return undefined;
    const [, required, manyRequired, optional, manyOptional] = match;
    if (required !== undefined && last?.required === false) return undefined;
    found.push({
      name: required ?? optional ?? "",
      required: required !== undefined,
      variadic: (manyRequired ?? manyOptional) !== undefined,
    });
  }
  return found;
}

const flags =
  /^(?:-([a-zA-Z]), )?--([a-z][a-z0-9]*(?:-[a-z0-9]+)*)(?: (?:<[\w-]{1,40}>|(\[[\w-]{1,40}\])))?$/;

/** Undefined when it is not of the form `-n, --long-name <value>`. */
export function readFlags(text: string): Flags | undefined {
  const match = flags.exec(text);
  if (!match) return undefined;
  const [, short, long = "", optional] = match;
  const value = optional !== undefined ? "optional" : text.endsWith(">") ? "required" : "none";
  const negated = /^no-(?=.)/.test(long) && value === "none";
  const key = (negated ? long.slice(3) : long).replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
  return { long, key, short, value };
}
