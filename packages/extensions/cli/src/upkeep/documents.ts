/** `dispatch export`, `import` and `delete`: a conversation as a document, and what is left of one that is deleted. */
import { createWriteStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { commandError } from "../command-error.ts";
import { requiredId } from "../conversation-id.ts";
import { exitCodes } from "../exit-codes.ts";
import { createOutput } from "../output.ts";
import type { Command, CommandCall } from "../ports.ts";

export const exportCommand: Command = {
  summary: "write a conversation as one document, JSON lines",
  arguments: "<id>",
  options: [{ flags: "-o, --output <file>", description: "write to this new file (default: stdout)" }],
  async run(call) {
    const client = await call.connect();
    const { id } = await client.resolve(requiredId(call));
    const document = Readable.fromWeb((await client.export(id)) as Parameters<typeof Readable.fromWeb>[0]);
    const { output: file } = call.options as { output?: string };
    if (file === undefined) {
      await pipeline(document, call.terminal.stdout, { end: false });
      return;
    }
    const path = resolve(call.terminal.cwd, file);
    try {
      await pipeline(document, createWriteStream(path, { flags: "wx", mode: 0o600 }));
    } catch (cause) {
      throw unwritable(path, cause);
    }
    const output = createOutput(call);
    if (call.globals.json) output.json({ id, file: path });
    else output.line(`exported ${id} to ${file}`);
  },
};

function unwritable(path: string, cause: unknown): Error {
  const { code } = cause as NodeJS.ErrnoException;
  if (code === "EEXIST")
    return commandError(`${path} exists.`, { fix: "Choose another name, or remove it first.", cause });
  return commandError(`${path} could not be written: ${(cause as Error).message}`, { cause });
}

export const importCommand: Command = {
  summary: "make a conversation of a document that `export` wrote; - reads it from stdin",
  arguments: "<file>",
  options: [{ flags: "--id <id>", description: "its id (default: its old one when that is free)" }],
  async run(call) {
    const output = createOutput(call);
    const document = await read(call);
    const { id } = call.options as { id?: string };
    const client = await call.connect();
    const view = await client.import(document, id);
    if (call.globals.json) output.json(view);
    else output.line(`imported ${view.id}${view.title === "" ? "" : `  ${view.title}`}`);
  },
};

async function read({ args, terminal }: CommandCall): Promise<Uint8Array<ArrayBuffer>> {
  const [file = ""] = args;
  if (file === "-") {
    const chunks: Uint8Array[] = [];
    for await (const chunk of terminal.stdin) chunks.push(Buffer.from(chunk as Uint8Array | string));
    return new Uint8Array(Buffer.concat(chunks));
  }
  try {
    return new Uint8Array(await readFile(resolve(terminal.cwd, file)));
  } catch (cause) {
    throw commandError(`${file} cannot be read: ${(cause as Error).message}`, {
      exitCode: exitCodes.usage,
      cause,
    });
  }
}

export const deleteCommand: Command = {
  summary: "delete a conversation; its document goes to the server's archive folder first",
  arguments: "<id>",
  options: [{ flags: "--no-archive", description: "delete it for good, without a document" }],
  async run(call) {
    const output = createOutput(call);
    const client = await call.connect();
    const { id } = await client.resolve(requiredId(call));
    const answer = await client.delete(id, { archive: call.options.archive !== false });
    if (call.globals.json) output.json({ id, ...answer });
    else output.line(`deleted ${id}${answer.archive === undefined ? "" : `, archived as ${answer.archive}`}`);
  },
};
