/** A secret that tools, providers and prompts try to show is in no answer, no frame, no log and no record. */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { calls, reply, text } from "@dispatch/provider-openai/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Stage, setStage } from "../support/stage.ts";

const secret = "sk-e2e";
const encoded = [secret, Buffer.from(secret).toString("base64"), Buffer.from(secret).toString("hex")];

let stage: Stage;
beforeAll(async () => {
  stage = await setStage();
  await writeFile(
    join(stage.cwd, "leak.txt"),
    `the key is ${encoded.join(" or ")}, and the token ${stage.server.token}\n`,
  );
});
afterAll(() => stage.end());

function clean(label: string, shown: string) {
  for (const form of [...encoded, stage.server.token])
    expect(shown.includes(form), `${label} shows ${form}`).toBe(false);
}

it("printed by a tool, whole, in pieces and encoded, live and as a result", async () => {
  const pieces = `for c in ${[...secret].join(" ")}; do printf %s "$c"; sleep 0.02; done; echo; env`;
  stage.provider.script(
    reply(
      calls(
        { name: "read_file", args: { path: "leak.txt" } },
        { name: "run_command", args: { argv: ["sh", "-c", pieces] } },
      ),
    ),
  );
  stage.provider.script(
    reply(text(`You said ${secret}, in pieces: `), text(secret, { chunks: secret.length, everyMs: 5 })),
  );
  const lines = await stage.api.chat({ message: "go", conversationId: "leak", cwd: stage.cwd });
  const all = JSON.stringify(lines);
  expect(all).toContain("[redacted]");
  clean("the stream", all);
  const deltas = lines
    .map(({ event }) => event)
    .filter((event) => event.type === "tool-output" || event.type === "text-delta");
  clean("the deltas", deltas.map((event) => ("text" in event ? event.text : "")).join(""));
  clean("messages", JSON.stringify(await stage.api.messages("leak")));
  clean("the context", await (await stage.api.request("GET", "/conversations/leak/context")).text());
  clean("the next request", JSON.stringify(stage.provider.requests.at(-1)?.body));
});

it("in a provider's error, also one that comes in mid-stream", async () => {
  stage.provider.script({ status: 400, body: { error: { message: `bad key ${secret}`, code: "x" } } });
  clean("the stream", JSON.stringify(await stage.api.chat({ message: "x", cwd: stage.cwd })));
  stage.provider.script(
    reply(text("a"), { errorEvent: { message: `key ${secret} is over its limit`, type: "server_error" } }),
  );
  clean("the stream", JSON.stringify(await stage.api.chat({ message: "x", cwd: stage.cwd })));
});

it("in the log files, and in the files of the store", async () => {
  await stage.server.stop();
  for (const folder of ["logs", "store"]) {
    for (const name of await readdir(join(stage.dataDir, folder))) {
      clean(`${folder}/${name}`, await readFile(join(stage.dataDir, folder, name), "latin1"));
    }
  }
});
