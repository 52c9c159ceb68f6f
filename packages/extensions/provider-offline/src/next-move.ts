/**
 * The script: looks at what was asked and found, and makes the next move of the tool loop.
 * Named files are read; a folder is listed, then its text files are read; then it answers from what it has.
 */
import { nearest, type ProviderRequest } from "@dispatch/kernel";
import { answerFrom, cannotLook, introduction, summaryOf } from "./answer.ts";
import { parseListing, pathIn, worthReading } from "./listing.ts";

import { type PromptAims, readPrompt } from "./read-prompt.ts";
import { type Finding, promptsOf, readTranscript } from "./transcript.ts";

export interface Call {
  readonly name: "list_files" | "read_file";
  readonly input: { readonly path?: string };
}

/** One answer: calls, or text. */
export interface Move {
  readonly reasoning: string;
  readonly text: string;
  readonly calls: readonly Call[];
}

/** Files read after a listing. */
const maxFiles = 24;
const asksSummary = /\bsummar(y|i[sz]e)/i;

export function nextMove({ messages, tools }: ProviderRequest): Move {
  const { prompt, findings } = readTranscript(messages);
  if (asksSummary.test(prompt) && /\bconversation\b/i.test(prompt))
    return say("A summary is asked for.", summaryOf(promptsOf(messages).slice(0, -1)));

  const aims = readPrompt(prompt);
  const aboutFiles = aims.listing || aims.files.length > 0;
  if (!aboutFiles)
    return say("This is not about files, and I have no model to answer it.", introduction(prompt));

  const offered = new Set(tools.map(({ name }) => name));
  const wanted = wantedCalls(aims, findings);
  const calls = wanted.filter((call) => offered.has(call.name));
  if (calls.length > 0) return { reasoning: whyCall(calls, findings), text: "", calls };
  if (wanted.length > 0 && findings.length === 0)
    return say("The tools for this are missing.", cannotLook(offered));
  return say("I have what I can get. I answer from it.", answerFrom(aims, findings));
}

const say = (reasoning: string, text: string): Move => ({ reasoning, text, calls: [] });

function whyCall(calls: readonly Call[], findings: readonly Finding[]): string {
  const lists = calls.some((call) => call.name === "list_files");
  if (findings.length === 0)
    return lists
      ? "The question is about this folder, so I look at what is there."
      : "The prompt names files, so I read them.";
  return lists
    ? "Not every file was there, so I look for similar names."
    : `I read ${calls.length} of the files.`;
}

/** What should be called next, whether or not it is offered. */
function wantedCalls(aims: PromptAims, findings: readonly Finding[]): Call[] {
  const read = (path: string): Call => ({ name: "read_file", input: { path } });
  const list: Call = { name: "list_files", input: aims.folder === "" ? {} : { path: aims.folder } };
  if (findings.length === 0) return [...(aims.listing ? [list] : []), ...aims.files.map(read)];

  const listed = findings.find((finding) => finding.tool === "list_files");
  const missed = findings
    .filter((finding) => finding.tool === "read_file" && finding.failed)
    .map(({ path }) => path);
  const named = missed.filter((path) => aims.files.includes(path));
  if (listed === undefined) return named.length > 0 ? [list] : [];
  const lookedFurther = findings.some(
    ({ tool, path, step }) => tool === "read_file" && (step > listed.step || !aims.files.includes(path)),
  );
  if (lookedFurther || listed.failed) return [];

  const { names } = parseListing(listed.output);
  if (aims.files.length === 0) return worthReading(names, aims.folder, maxFiles).map(read);
  const files = names.filter((name) => !name.endsWith("/")).map((name) => pathIn(aims.folder, name));
  // A file that is listed and still could not be read stays unreadable.
  const absent = named.filter((path) => !files.includes(path));
  const similar = absent.flatMap((path) => nearest(path, files) ?? []);
  return [...new Set(similar)].map(read);
}
