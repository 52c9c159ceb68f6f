/** GET /commands and POST /commands/:name. */
import { nearest, type Redaction } from "@dispatch/kernel";
import { defineRoute, type RouteDefinition } from "@dispatch/transport-http/ports";
import {
  type CommandAnswer,
  commandAnswer,
  commandsAnswer,
  dispatchError,
  problem,
  runCommandBody,
} from "@dispatch/wire";
import * as z from "zod";
import type { Catalogue } from "./catalogue.ts";
import { checkRun } from "./check-run.ts";
import type { ServerCommandAnswer } from "./ports.ts";

/** Of an answer's JSON, its text included. */
const answerBytes = 4_194_304;

export const listRoute = (catalogue: () => Catalogue): RouteDefinition =>
  defineRoute({
    method: "GET",
    path: "/commands",
    operation: "commands.list",
    scope: "read",
    summary: "The commands that extensions of this server contribute.",
    responses: { 200: commandsAnswer },
    handle: async () => ({ json: { items: [...catalogue().commands.values()].map(({ info }) => info) } }),
  });

/** `redaction`: what a command prints may quote a secret of the server. */
export const runRoute = (
  catalogue: () => Catalogue,
  redaction: () => Redaction | undefined,
): RouteDefinition =>
  defineRoute({
    method: "POST",
    path: "/commands/:name",
    operation: "commands.run",
    scope: "read", // to know them; each has a scope of its own
    summary: "Runs a command of an extension, with its own scope, and gives what it printed.",
    params: z.object({ name: z.string().min(1).max(128) }),
    body: runCommandBody,
    responses: { 200: commandAnswer, 404: problem, 409: problem },
    idempotent: true,
    async handle({ params: { name }, body, caller, call, signal }) {
      const { commands } = catalogue();
      const found = commands.get(name);
      if (!found || !caller) throw unknownCommand(name, commands.keys());
      const { command, info } = found;
      if (!caller.scopes.has(command.scope))
        throw dispatchError("forbidden-scope", `The command ${name} needs the scope ${command.scope}.`);
      const { args = [], options = {} } = body;
      const errors = checkRun(command, { args, options });
      if (errors.length > 0)
        throw dispatchError("invalid-request", errors.map(({ message }) => message).join(" "), { errors });
      const answer = await command.run({ args, options, caller, call, signal });
      const checked = checkedAnswer(answer, name, info.extension);
      return { json: withoutSecrets(checked, redaction()) };
    },
  });

/** Strings only: names and numbers are the command's own. */
function withoutSecrets(value: unknown, redaction: Redaction | undefined): unknown {
  if (!redaction) return value;
  if (typeof value === "string") return redaction.text(value);
  if (Array.isArray(value)) return value.map((item) => withoutSecrets(item, redaction));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [redaction.text(key), withoutSecrets(member, redaction)]),
  );
}

function unknownCommand(name: string, names: Iterable<string>): Error {
  const near = nearest(name, names);
  return dispatchError(
    "command-not-found",
    `There is no command "${name}".${near === undefined ? "" : ` Did you mean ${near}?`}`,
    near === undefined ? {} : { data: { nearest: near } },
  );
}

/** What an extension gives may be anything; the error, which names it, goes to the log. */
function checkedAnswer(answer: ServerCommandAnswer, name: string, extension: string): CommandAnswer {
  const by = `the command "${name}" of the extension "${extension}"`;
  if (typeof answer !== "object" || answer === null) throw new Error(`${by} answered with no object`);
  const { text, json = null, exitCode = 0 } = answer;
  const parsed = commandAnswer.safeParse({ json, exitCode, ...(text === undefined ? {} : { text }) });
  if (!parsed.success) throw new Error(`${by} answered wrongly: ${z.prettifyError(parsed.error)}`);
  const size = JSON.stringify(parsed.data).length;
  if (size > answerBytes)
    throw new Error(`${by} answered with ${size} characters; ${answerBytes} are the most`);
  return parsed.data;
}
