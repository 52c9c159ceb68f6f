/**
 * The page of `dispatch --help` with further commands, laid out as the parser lays it out: terms in one column as wide as
 * the widest, descriptions wrapped beside it. The page itself comes from the build.
 */
import type { CommandInfo } from "@dispatch/wire";

/** Columns the page is made for. */
export const pageWidth = 100;

const indent = 2;
const gap = 2;
/** As the parser has it: a narrower column of descriptions is not wrapped. */
const leastWrap = 40;

interface Item {
  readonly term: string;
  readonly description: string;
}
/** A line as it is, or an item of a list. */
type Part = string | Item;

/** Commands of the page win over others of the same name. */
export function mergePage(page: string, commands: readonly CommandInfo[]): string {
  const parts = partsOf(page);
  const help = parts.findLastIndex((part) => typeof part !== "string" && /^help\b/.test(part.term));
  const heading = parts.lastIndexOf("Commands:");
  if (heading === -1 || help === -1) return page;
  const own = new Set(
    parts.slice(heading).map((part) => (typeof part === "string" ? "" : nameOf(part.term))),
  );
  const added = commands.filter(({ name }) => !own.has(name)).map(itemOf);
  if (added.length === 0) return page;
  return render([...parts.slice(0, help), ...added, ...parts.slice(help)]);
}

const nameOf = (term: string): string => term.split(" ", 1)[0] ?? "";

const itemOf = ({ name, options = [], arguments: args, summary }: CommandInfo): Item => ({
  term: [name, ...(options.length > 0 ? ["[options]"] : []), ...(args ? [args] : [])].join(" "),
  description: summary,
});

function partsOf(page: string): Part[] {
  const parts: Part[] = [];
  for (const line of page.split("\n")) {
    const last = parts.at(-1);
    const [, term, description = ""] = /^ {2}(\S.*?)(?: {2,}(\S.*))?$/.exec(line) ?? [];
    if (term !== undefined) parts.push({ term, description });
    else if (/^ {4,}\S/.test(line) && typeof last === "object")
      parts[parts.length - 1] = { ...last, description: `${last.description} ${line.trim()}` };
    else parts.push(line);
  }
  return parts;
}

function render(parts: readonly Part[]): string {
  const width = Math.max(...parts.map((part) => (typeof part === "string" ? 0 : part.term.length)));
  const rest = pageWidth - width - indent - gap;
  return parts
    .map((part) => {
      if (typeof part === "string") return part;
      if (part.description === "") return " ".repeat(indent) + part.term;
      const lines = rest < leastWrap ? [part.description] : wrap(part.description, rest);
      return `${" ".repeat(indent)}${part.term.padEnd(width + gap)}${lines.join(`\n${" ".repeat(indent + width + gap)}`)}`;
    })
    .join("\n");
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
