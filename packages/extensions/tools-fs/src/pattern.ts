/** Patterns as models write them: JavaScript's, and the flags that other dialects put in front. */
import { Refusal } from "./refusal.ts";

export const maxPatternLength = 2_000;

/**
 * Compiles a pattern, which is tested line by line. A leading `(?i)`, `(?s)`, `(?m)` (or several letters) sets those
 * flags. Throws a Refusal that says what is wrong and how to search for the text itself.
 */
export function compilePattern(pattern: string): RegExp {
  const [prefix = "", letters = ""] = /^\(\?([ims]+)\)/.exec(pattern) ?? [];
  try {
    return new RegExp(pattern.slice(prefix.length), [...new Set(letters)].join(""));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const what = error.message.replace(/^Invalid regular expression: \/[\s\S]*\/[a-z]*: /, "");
    throw new Refusal(
      `The pattern is not a valid JavaScript regular expression: ${what}. ` +
        `To search for that text itself, escape it: ${pattern.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")}`,
    );
  }
}
