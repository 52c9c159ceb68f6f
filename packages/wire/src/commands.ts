/** Commands of server-side extensions: what GET /commands and the table file in the data folder say, and one run of a command. */
import * as z from "zod";

/** Bounds of the table: whoever reads one checks them again. */
export const commandLimits = {
  /** Commands in a table. */
  commands: 200,
  /** Of the table file, in bytes. */
  tableBytes: 262_144,
  options: 32,
  examples: 16,
  /** Of one line of text, in characters. */
  line: 256,
} as const;

/** Lower case, digits and dashes. */
export const commandName = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/);

const line = z.string().max(commandLimits.line);

/** One command, as help shows it and a command line parses it. */
export const commandInfo = z
  .object({
    name: commandName,
    summary: line,
    arguments: line.optional().meta({ description: "Positional arguments: `<id> [text...]`." }),
    options: z
      .array(z.object({ flags: line, description: line, choices: z.array(line).max(64).optional() }))
      .max(commandLimits.options)
      .optional(),
    examples: z.array(line).max(commandLimits.examples).optional(),
    extension: z.string().meta({ description: "Id of the extension it comes from." }),
  })
  .meta({ id: "CommandInfo" });
export type CommandInfo = z.infer<typeof commandInfo>;

/** GET /commands, and the content of the table file. */
export const commandsAnswer = z.object({ items: z.array(commandInfo) }).meta({ id: "Commands" });
export type CommandsAnswer = z.infer<typeof commandsAnswer>;

/** POST /commands/:name. */
export const runCommandBody = z
  .strictObject({
    args: z.array(z.string().max(1_000_000)).max(1_000).default([]),
    options: z
      .record(z.string().regex(/^[a-zA-Z][A-Za-z0-9]{0,63}$/), z.union([z.boolean(), z.string().max(65_536)]))
      .default({})
      .meta({ description: "By the option's long name in camel case: `--no-start` is `start: false`." }),
  })
  .meta({ id: "RunCommandBody" });
export type RunCommandBody = z.input<typeof runCommandBody>;

export const commandAnswer = z
  .object({
    text: z.string().optional().meta({ description: "For a person." }),
    json: z.unknown(),
    exitCode: z.int().min(0).max(255),
  })
  .meta({ id: "CommandAnswer" });
export type CommandAnswer = z.infer<typeof commandAnswer>;
