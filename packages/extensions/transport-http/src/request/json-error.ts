/** Where a text stops being JSON. Run only on texts that `JSON.parse` refused, since its own message often names no place. */

export interface JsonError {
  /** Offset of the first character that cannot be, UTF-16 code units; the length when the text just ends. */
  readonly position: number;
  /** 1-based. */
  readonly line: number;
  readonly column: number;
  /** That character; undefined at the end of the text. */
  readonly found: string | undefined;
}

const space = /[ \t\n\r]*/y;
// Characters that stand for themselves (from the space up, but `"` and `\`) or an escape; a number as far as it is right.
const stringPart = /(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/y;
const numberPart = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const words = ["true", "false", "null"] as const;

/** Undefined when the text is JSON. */
export function findJsonError(text: string): JsonError | undefined {
  const position = errorPosition(text);
  if (position === undefined) return undefined;
  const before = text.slice(0, position);
  const line = before.split("\n").length;
  const column = position - before.lastIndexOf("\n");
  const code = text.codePointAt(position);
  return { position, line, column, found: code === undefined ? undefined : String.fromCodePoint(code) };
}

function errorPosition(text: string): number | undefined {
  let at = 0;
  const closers: string[] = [];
  const skip = (pattern: RegExp): void => {
    pattern.lastIndex = at;
    pattern.test(text);
    at = Math.max(at, pattern.lastIndex);
  };
  const take = (char: string): boolean => {
    if (text[at] !== char) return false;
    at += 1;
    return true;
  };
  const string = (): boolean => {
    if (!take('"')) return false;
    skip(stringPart);
    return take('"');
  };
  /** A key and its colon; leaves `at` before the value. */
  const key = (): boolean => {
    skip(space);
    if (!string()) return false;
    skip(space);
    return take(":");
  };
  /** A whole scalar, or the opening of a container, which may be empty: then it counts as whole. */
  const value = (): "whole" | "opened" | "wrong" => {
    skip(space);
    const char = text[at];
    if (char === "{" || char === "[") {
      at += 1;
      skip(space);
      const closer = char === "{" ? "}" : "]";
      if (take(closer)) return "whole";
      closers.push(closer);
      return char === "[" || key() ? "opened" : "wrong";
    }
    if (char === '"') return string() ? "whole" : "wrong";
    const word = words.find((each) => text.startsWith(each, at));
    const start = at;
    if (word) at += word.length;
    else skip(numberPart);
    return at > start ? "whole" : "wrong";
  };
  for (;;) {
    const got = value();
    if (got === "wrong") return at;
    if (got === "opened") continue;
    // After a whole value: close what it ends, up to a comma or the end of the text.
    for (;;) {
      skip(space);
      const closer = closers.at(-1);
      if (closer === undefined) return at === text.length ? undefined : at;
      if (take(",")) {
        if (closer === "}" && !key()) return at;
        break;
      }
      if (!take(closer)) return at;
      closers.pop();
    }
  }
}
