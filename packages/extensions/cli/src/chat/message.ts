/** What is sent: the words of the command line, then attached text files, then piped input; pictures beside it. */
import { readFile } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { commandError } from "../command-error.ts";
import { exitCodes } from "../exit-codes.ts";
import type { Terminal } from "../terminal.ts";

/** Longest message the server takes, in UTF-16 code units. */
const maxLength = 1_000_000;

export interface GivenMessage {
  readonly text: string;
  readonly pictures: readonly Picture[];
}

export interface Picture {
  readonly name: string;
  readonly mimeType: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Undefined: nothing was given, and there is a person at the keyboard. */
export async function readMessage(
  words: readonly string[],
  files: readonly string[],
  terminal: Terminal,
  note: (line: string) => void,
): Promise<GivenMessage | undefined> {
  const text = words.join(" ").trim();
  const piped = terminal.stdin.isTTY ? "" : await readAll(terminal, note);
  const attached = await Promise.all(files.map((file) => readAttached(file, terminal.cwd)));
  const texts = attached.filter((file) => typeof file === "string");
  const pictures = attached.filter((file) => typeof file !== "string");
  const message = [text, ...texts, piped.trimEnd()].filter((part) => part !== "").join("\n\n");
  if (message === "") {
    if (pictures.length > 0) {
      throw commandError("A picture needs words beside it.", {
        exitCode: exitCodes.usage,
        fix: 'Say what it is for: `dispatch chat --file shot.png "what is wrong here?"`.',
      });
    }
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
  return { text: message, pictures };
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

async function readAttached(file: string, cwd: string): Promise<string | Picture> {
  let bytes: Buffer<ArrayBuffer>;
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
  const mimeType = pictureType(bytes);
  if (mimeType !== undefined) return { name: basename(file), mimeType, bytes };
  if (bytes.includes(0))
    throw commandError(`${file} is neither a text file nor a PNG, JPEG, GIF or WebP picture.`, {
      exitCode: exitCodes.usage,
    });
  return `File ${file}:\n\`\`\`\n${bytes.toString("utf8").trimEnd()}\n\`\`\``;
}

/** By its first bytes, whatever its name says. */
function pictureType(bytes: Buffer): string | undefined {
  const begins = (text: string, at = 0) => bytes.subarray(at, at + text.length).toString("latin1") === text;
  if (begins("\x89PNG\r\n\x1a\n")) return "image/png";
  if (begins("\xff\xd8\xff")) return "image/jpeg";
  if (begins("GIF87a") || begins("GIF89a")) return "image/gif";
  return begins("RIFF") && begins("WEBP", 8) ? "image/webp" : undefined;
}
