#!/usr/bin/env node
// The `dispatch` command. This file is committed (npm links it before anything is built) and only starts the built main.
// `--help` alone is answered from a page that the build made from the command table, with the commands that the server's
// extensions added to it: nothing else is loaded for it.
import { existsSync, readFileSync } from "node:fs";

const main = new URL("../dist/main.js", import.meta.url);
const page = new URL("../dist/help.txt", import.meta.url);
const merge = new URL("../dist/help.js", import.meta.url);
const [flag, ...rest] = process.argv.slice(2);

/** The page, unless it is too wide for this terminal: then the program lays it out anew. */
async function helpPage() {
  if ((flag !== "--help" && flag !== "-h") || rest.length > 0 || !existsSync(page)) return undefined;
  const { helpWithCommands } = await import(merge.href);
  const text = helpWithCommands(readFileSync(page, "utf8"), process.env, process.cwd());
  if (text === undefined) return undefined;
  const width = Math.max(...text.split("\n").map((line) => line.length));
  return process.stdout.isTTY && process.stdout.columns < width ? undefined : text;
}

const help = await helpPage();
if (help !== undefined) process.stdout.write(help);
else if (existsSync(main)) await import(main.href);
else {
  process.stderr.write("dispatch: the program has not been built yet; run `npm run build` first.\n");
  process.exitCode = 1;
}
