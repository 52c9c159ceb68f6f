/** The words of the script. The first sentence always says what is speaking. */
import { parseListing, withoutLineNumbers } from "./listing.ts";
import type { PromptAims } from "./read-prompt.ts";
import type { Finding } from "./transcript.ts";

const whoIAm =
  "I am Dispatch's offline script, not a language model: I can list and read files in this folder. " +
  "Set OPENAI_API_KEY (or a credential in the config) for a real model.";

/** Files up to this length are quoted whole, in UTF-16 code units. */
const wholeLength = 2_000;
/** Of longer ones, this many lines and at most this many characters of each. */
const firstLines = 20;
const lineLength = 200;
const maxEcho = 200;

/** For prompts that are about nothing it can do. */
export function introduction(prompt: string): string {
  const echo = prompt.trim().replace(/\s+/g, " ");
  const heard =
    echo === ""
      ? ""
      : `\n\nYou wrote: "${echo.length > maxEcho ? `${clip(echo, maxEcho)}…` : echo}". I cannot answer that.`;
  return `${whoIAm}${heard}\n\nAsk me for example: "What is in this folder?" or "Read README.md".`;
}

/** For a request that does not offer the tools it needs. */
export function cannotLook(offered: ReadonlySet<string>): string {
  const missing = ["list_files", "read_file"].filter((name) => !offered.has(name)).join(" and ");
  return `${whoIAm}\n\nHere I am not given ${missing}, so I cannot look at files.`;
}

/** A summary it can give: what was asked, nothing made up. */
export function summaryOf(prompts: readonly string[]): string {
  const asked = prompts.map((prompt) => `- ${clip(prompt.trim().replace(/\s+/g, " "), 300)}`);
  return `${whoIAm}\n\nSo far the user wrote:\n${asked.join("\n") || "- nothing"}`;
}

export function answerFrom({ folder, files }: PromptAims, findings: readonly Finding[]): string {
  const parts = [whoIAm];
  const listed = findings.find((finding) => finding.tool === "list_files");
  if (listed)
    parts.push(
      listed.failed ? `Listing failed: ${clip(listed.output, 500)}` : listText(listed.output, folder),
    );
  const read = findings.filter((finding) => finding.tool === "read_file" && !finding.failed);
  const found = new Set(read.map(({ path }) => path));
  for (const { path, output } of read) parts.push(quote(path, output));
  for (const { tool, path, output, failed } of findings)
    if (tool === "read_file" && failed && !found.has(path))
      parts.push(`${path} could not be read: ${clip(output.trim(), 300)}`);
  const { names } = parseListing(listed && !listed.failed ? listed.output : "");
  if (
    names.length > 0 &&
    read.length === 0 &&
    files.length > 0 &&
    !files.some((path) => names.includes(path))
  )
    parts.push("No name here is close to what you named.");
  return parts.join("\n\n");
}

function listText(output: string, folder: string): string {
  const { names, note } = parseListing(output);
  const where = folder === "" ? "This folder" : `The folder ${folder}`;
  if (names.length === 0) return `${where} is empty.`;
  const count = names.length === 1 ? "one entry" : `${names.length} entries`;
  return [`${where} has ${count}:`, ...names.map((name) => `- ${name}`), ...(note ? [note] : [])].join("\n");
}

function quote(path: string, output: string): string {
  const text = withoutLineNumbers(output).replace(/\s+$/, "");
  if (text === "" || text === "(empty file)") return `${path} is empty.`;
  if (text.length <= wholeLength) return `${path} says:\n${fenced(text)}`;
  const lines = text.split("\n");
  const shown = lines
    .slice(0, firstLines)
    .map((line) => (line.length > lineLength ? `${clip(line, lineLength)}…` : line));
  const more = lines.length - shown.length;
  const rest = more > 0 ? ` (${more} more lines)` : " (its lines are long and cut here)";
  return `${path} begins with:\n${fenced(shown.join("\n"))}${rest}`;
}

/** A fence longer than any inside. */
function fenced(text: string): string {
  const longest = Math.max(2, ...Array.from(text.matchAll(/`{3,}/g), ([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}\n${text}\n${fence}`;
}

/** The beginning, without half a surrogate pair at its end. */
const clip = (text: string, length: number): string => text.slice(0, length).replace(/[\ud800-\udbff]$/, "");
