/** Which paths the `.gitignore` files of a tree leave out, as git reads them: a deeper file has the last word. */
import ignore from "ignore";

export interface IgnoreRules {
  /** `path` is relative to the root of the rules, with `/`, no slash at its end. Its folders are taken as not ignored. */
  ignores(path: string, folder: boolean): boolean;
  /** These rules and those of a `.gitignore` in `folder` ("" = the root). */
  with(folder: string, text: string): IgnoreRules;
}

export const noIgnoreRules: IgnoreRules = chain([]);

interface Level {
  /** Folder of the file, "" or with a slash at its end. */
  readonly prefix: string;
  readonly matcher: ReturnType<typeof ignore>;
}

/** `levels`: outermost first. */
function chain(levels: readonly Level[]): IgnoreRules {
  return {
    ignores(path, folder) {
      for (const { prefix, matcher } of levels.toReversed()) {
        if (!path.startsWith(prefix) || path.length === prefix.length) continue;
        const result = matcher.test(path.slice(prefix.length) + (folder ? "/" : ""));
        if (result.ignored) return true;
        if (result.unignored) return false;
      }
      return false;
    },
    with(folder, text) {
      const prefix = folder === "" ? "" : `${folder}/`;
      return chain([...levels, { prefix, matcher: ignore().add(text) }]);
    },
  };
}
