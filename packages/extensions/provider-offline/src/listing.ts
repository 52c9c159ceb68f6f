/** What `list_files` and `read_file` print, understood. */

export interface Listing {
  /** As printed; directories end in a slash. */
  readonly names: readonly string[];
  /** The last line in parentheses, when the listing was cut. */
  readonly note?: string | undefined;
}

export function parseListing(output: string): Listing {
  const lines = output.split(/\r?\n/).filter((line) => line.trim() !== "");
  const last = lines.at(-1);
  return last !== undefined && /^\(.*\)$/.test(last)
    ? { names: lines.slice(0, -1), note: last }
    : { names: lines };
}

const machineMade =
  /(^|\/)([^/]*[-.]lock(\.[a-z]+)?|package-lock\.json|npm-shrinkwrap\.json|[^/]*\.min\.(js|css)|go\.sum)$/i;
const binary =
  /\.(png|jpe?g|gif|webp|avif|bmp|ico|tiff?|pdf|zip|gz|tgz|bz2|xz|7z|rar|jar|war|exe|dll|so|dylib|a|o|obj|class|wasm|bin|dat|db|sqlite3?|mp[34]|m4a|wav|ogg|flac|mov|avi|mkv|webm|woff2?|ttf|otf|eot|node|pyc|map|iso|dmg|deb|rpm|docx?|xlsx?|pptx?|parquet)$/i;
const prose = /\.(txt|md|markdown|rst|adoc|org|csv|tsv|log)$/i;

/**
 * The files of a listing worth reading: text by their name, directly in `folder` ("" = working directory), prose first,
 * at most `most`. Dot files, lock files and binaries are left out; the listing does not tell sizes, the quote is short.
 */
export function worthReading(names: readonly string[], folder: string, most: number): string[] {
  const here = names
    .map((name) => pathIn(folder, name))
    .filter((path) => {
      const inside = folder === "" ? path : path.slice(folder.length + 1);
      return (
        !inside.includes("/") && !inside.startsWith(".") && !machineMade.test(inside) && !binary.test(inside)
      );
    });
  const first = here.filter((path) => prose.test(path));
  return [...first, ...here.filter((path) => !prose.test(path))].slice(0, most);
}

/** A listed name as a path from the working directory, whether the tool prints it from there or from the folder. */
export function pathIn(folder: string, name: string): string {
  const clean = name.replace(/^\.\//, "");
  return folder === "" || clean.startsWith(`${folder}/`) ? clean : `${folder}/${clean}`;
}

/** ` 12<tab>text` as `cat -n` pads it, `12→text`, `12│text`: forms that a file's own text hardly has on every line. */
const numbered = /^(?: +(\d+)\t| *(\d+)[→│])(.*)$/;

/** The text of a file without the line numbers that a tool may have put before each line. */
export function withoutLineNumbers(output: string): string {
  const lines = output.replace(/\n$/, "").split("\n");
  const found = lines.map((line) => numbered.exec(line));
  const numbers = found.map((match) => Number(match?.[1] ?? match?.[2]));
  const first = numbers[0] ?? Number.NaN;
  const consecutive = numbers.every((number, index) => number === first + index);
  return consecutive ? found.map((match) => match?.[3] ?? "").join("\n") : output;
}
