/** The strict server as a process of its own; prints `listening <url>`, logs to `--log`, stops on SIGTERM. */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { fileLog } from "./file-log.ts";
import { type Reply, reply, text } from "./reply.ts";
import { forModel } from "./reply-source.ts";
import { startStrictServer } from "./strict-server.ts";

/** The file given with `--script`. Prompts that script themselves need none. */
interface ScriptFile {
  /** Replies to the first requests, in order. */
  readonly replies?: readonly Reply[];
  /** Replies to the first requests that name a model. */
  readonly byModel?: { readonly [model: string]: readonly Reply[] };
  /** The reply to all others. Default: the text "ok". */
  readonly otherwise?: Reply;
}

const usage = `strict server: an OpenAI-compatible chat-completions server for tests
  --port N              default: any free port
  --api-key KEY         ask for this key
  --model NAME          what GET /v1/models lists; may be repeated
  --split-bytes N       write streams in pieces of N bytes
  --allow-field NAME    tolerate a field in assistant messages (reasoning_content); may be repeated
  --script FILE         JSON: { replies?, byModel?, otherwise? }
  --log FILE            append one JSON line per request, refusal and response
  --until-stdin-ends    stop when stdin closes, so that a dead parent leaves no server behind
`;

const { values } = parseArgs({
  options: {
    port: { type: "string" },
    "api-key": { type: "string" },
    model: { type: "string", multiple: true },
    "split-bytes": { type: "string" },
    "allow-field": { type: "string", multiple: true },
    script: { type: "string" },
    log: { type: "string" },
    "until-stdin-ends": { type: "boolean" },
    help: { type: "boolean" },
  },
});

if (values.help) {
  process.stdout.write(usage);
} else {
  const file: ScriptFile = values.script === undefined ? {} : JSON.parse(readFileSync(values.script, "utf8"));
  const server = await startStrictServer({
    port: Number(values.port ?? 0),
    splitBytes: Number(values["split-bytes"] ?? 0),
    ...(values["api-key"] === undefined ? {} : { apiKey: values["api-key"] }),
    ...(values.model === undefined ? {} : { models: values.model }),
    ...(values["allow-field"] === undefined ? {} : { messageFields: values["allow-field"] }),
    ...(values.log === undefined ? {} : { log: fileLog(values.log) }),
  });
  for (const [model, replies] of Object.entries(file.byModel ?? {}))
    for (const one of replies) server.script(one, { when: forModel(model) });
  for (const one of file.replies ?? []) server.script(one);
  server.respond(file.otherwise ?? reply(text("ok")));

  const stop = (): void => void server.close().then(() => process.exit(0));
  process.once("SIGTERM", stop).once("SIGINT", stop);
  if (values["until-stdin-ends"]) process.stdin.resume().once("end", stop);
  process.stdout.write(`listening ${server.url}\n`);
}
