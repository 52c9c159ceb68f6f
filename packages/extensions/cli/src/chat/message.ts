/** What is sent: the words of the command line, then attached files, then piped input. */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { commandError } from "../command-error.ts";
import { exitCodes } from "../exit-codes.ts";
import type { Terminal } from "../terminal.ts";

/** Longest message the server takes, in UTF-16 code units. */
const maxLength = 1_000_000;

/** Undefined: nothing was given, and there is a person at the keyboard. */
export async function readMessage(
  words: readonly string[],
  files: readonly string[],
  terminal: Terminal,
  note: (line: string) => void,
): Promise<string | undefined> {
  const text = words.join(" ").trim();
  const piped = terminal.stdin.isTTY ? "" : await readAll(terminal, note);
  const attached = await Promise.all(files.map((file) => readAttached(file, terminal.cwd)));
  const message = [text, ...attached, piped.trimEnd()].filter((part) => part !== "").join("\n\n");
  if (message === "") {
    if (terminal.stdin.isTTY) return undefined;
    throw commandError("There is no message.", {
      exitCode: exitCodes.usage,
      fix: "Give it as arguments, or pipe it in: `git diff | dispatch chat review this`.",
    });
  }
  if (message.length > maxLength) {
    throw commandError(`The message has ${message.length} characters; ${maxLength} can be sent.`, {
      exitCode: exitCodes.usage,
    });
  }
  return message;
}

async function readAll(terminal: Terminal, note: (line: string) => void): Promise<string> {
  const waiting = setTimeout(() => note("reading the message from standard input until it ends …"), 1_000);
  try {
    const pieces: Buffer[] = [];
    for await (const piece of terminal.stdin) pieces.push(Buffer.from(piece as Uint8Array | string));
    return Buffer.concat(pieces).toString("utf8");
  } finally {
    clearTimeout(waiting);
  }
}

async function readAttached(file: string, cwd: string): Promise<string> {
  let bytes: Buffer;
  try {
    bytes = await readFile(resolve(cwd, file));
  } catch (cause) {
    throw commandError(
      `${file} cannot be read: ${(cause as NodeJS.ErrnoException).code ?? "unknown error"}.`,
      {
        exitCode: exitCodes.usage,
        cause,
      },
    );
  }
  if (bytes.includes(0)) throw commandError(`${file} is not a text file.`, { exitCode: exitCodes.usage });
  return `File ${file}:\n\`\`\`\n${bytes.toString("utf8").trimEnd()}\n\`\`\``;
}
