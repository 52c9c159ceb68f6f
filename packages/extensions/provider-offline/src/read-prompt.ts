/** What a prompt asks for, as far as a script can tell: file names, folders, and whether it is about files at all. */

export interface PromptAims {
  /** Files it names, in order, each once. */
  readonly files: readonly string[];
  /** The folder it names; "" is the working directory. */
  readonly folder: string;
  /** It asks what there is. */
  readonly listing: boolean;
}

/** Things in quotes, and words; an apostrophe inside a word is no quote. */
const tokens =
  /"([^"\n]{1,200})"|`([^`\n]{1,200})`|(?<![\w])'([^'\n]{1,200})'(?!\w)|([^\s"`,;:!?()[\]{}<>]+)/g;
const aboutFiles =
  /\b(files?|folders?|director(y|ies)|read|list(ing)?|here|projects?|repo(sitory)?|codebase|contents?)\b/i;
const asksListing =
  /\b(folders?|director(y|ies)|list|here|projects?|repo(sitory)?|codebase|the files|all files|which files|what files)\b/i;
const wellKnown = /^(readme|license|licence|makefile|dockerfile|changelog|procfile|gemfile)$/i;
const abbreviation = /^([a-z]\.)+[a-z]?\.?$|^(etc|vs|dr|mr|mrs|node\.js|next\.js|vue\.js)\.?$/i;
const extension = /^[^/]*[^/.][^/]*\.[A-Za-z][A-Za-z0-9]{0,9}$|^\.[a-z][\w.-]+$/i;
const maxFiles = 24;
/** By most file systems. */
const longestName = 255;

export function readPrompt(prompt: string): PromptAims {
  const mentionsFiles = aboutFiles.test(prompt);
  const files = new Set<string>();
  let folder = "";
  for (const [, double, back, single, word] of prompt.matchAll(tokens)) {
    const quoted = double ?? back ?? single;
    // No file is called like that, and the patterns below take the square of its length.
    if (word !== undefined && word.length > longestName) continue;
    const name = quoted ?? (word ?? "").replace(/^['’*_]+|[.'’*_]+$/g, "");
    if (name === "" || name.includes("://") || abbreviation.test(name)) continue;
    if (/[^/]\/$/.test(name)) folder ||= name.replace(/\/+$/, "");
    else if (isFileName(name) || (quoted !== undefined && mentionsFiles && /^[^\s/]+$/.test(name)))
      files.add(name);
  }
  return {
    files: [...files].slice(0, maxFiles),
    folder,
    listing: folder !== "" || asksListing.test(prompt) || (mentionsFiles && files.size === 0),
  };
}

function isFileName(name: string): boolean {
  const last = name.slice(name.lastIndexOf("/") + 1);
  if (wellKnown.test(last) || extension.test(last)) return true;
  // A path without extension needs more than one slash or a dot at its start: "and/or" is none.
  return last !== "" && (/^\.{0,2}\//.test(name) || name.split("/").length > 2);
}
