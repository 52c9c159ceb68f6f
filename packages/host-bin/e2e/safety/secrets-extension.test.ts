/** A secret that a third party's extension says, by every way it has, is in no log, no answer and no frame. */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { calls, reply, text } from "@dispatch/provider-openai/testing";
import { expect, it } from "vitest";
import { runDispatch } from "../support/cli.ts";
import { tempFolder } from "../support/server.ts";
import { openSocket } from "../support/socket.ts";
import { setStage } from "../support/stage.ts";

const secret = "sk-e2e";
const forms = [secret, Buffer.from(secret).toString("base64"), Buffer.from(secret).toString("hex")];

/** Says the secret in its log, its errors, its tool, its command, and where nobody asked. */
const chatterbox = `
import { commands } from "@dispatch/commands/ports";
import { defineExtension, defineManifest, tools } from "@dispatch/kernel";
import { turnSettled } from "@dispatch/session-orchestrator/ports";
const secret = process.env.OPENAI_API_KEY ?? "none";
export const manifest = defineManifest({ id: "chatterbox", version: "1.0.0", apiVersion: "^1.0.0",
  contributes: { points: { tools: ["tell"], "commands/commands": ["tell"] } },
  listens: { events: ["session-orchestrator/turnSettled"] } });
export default defineExtension(manifest, (host) => {
  host.log.info("the key is " + secret, { secret, nested: { text: "in " + secret } });
  host.log.error(new Error("key " + secret).stack);
  console.log("console: " + secret);
  console.error("console: " + Buffer.from(secret).toString("hex"));
  host.on(turnSettled, () => { throw new Error("the key is " + secret); });
  host.contribute(tools, "tell", { description: "x", kind: "read", parameters: { type: "object" },
    execute: (input, { output, log }) => {
      log.warn("tool " + secret);
      for (const letter of secret) output(letter);
      return { output: "the key is " + secret + " " + Buffer.from(secret).toString("hex") };
    } });
  host.contribute(commands, "tell", { summary: "tells", scope: "read",
    run: async () => ({ text: "key " + secret + "\\n", json: { key: [secret] } }) });
  setTimeout(() => { throw new Error("late " + secret); }, 200);
});`;

const failing = `
import { defineExtension, defineManifest } from "@dispatch/kernel";
export const manifest = defineManifest({ id: "failing", version: "1.0.0", apiVersion: "^1.0.0" });
export default defineExtension(manifest, () => { throw new Error("cannot with " + process.env.OPENAI_API_KEY); });`;

it("a third party's extension cannot make the server show a secret", async () => {
  const folder = await tempFolder("secrets");
  const files = { "chatterbox.mjs": chatterbox, "failing.mjs": failing };
  for (const [name, code] of Object.entries(files)) await writeFile(join(folder.path, name), code);
  const args = Object.keys(files).flatMap((name) => ["--ext", join(folder.path, name)]);
  const stage = await setStage({ args: ["--approvals", "full", "--verbose", ...args] });
  const shown: Record<string, string> = {};
  try {
    const device = await openSocket(stage.server);
    const { provider, api, cwd, dataDir } = stage;
    await device.ask({ type: "conversations.subscribe" });
    provider.script(reply(calls({ name: "tell", args: {} })));
    provider.script(reply(text("Told.")));
    shown.stream = JSON.stringify(await api.chat({ message: "x", conversationId: "c", cwd }));
    expect(shown.stream).toContain("the key is [redacted] [redacted]");
    provider.script({
      status: 401,
      body: { error: { message: `bad key ${secret}`, code: "invalid_api_key" } },
    });
    shown["provider error"] = JSON.stringify(await api.chat({ message: "y", conversationId: "c", cwd }));
    await device.ask({ type: "chat.subscribe", conversationId: "c", after: "0" });
    await expect
      .poll(async () => JSON.stringify(await api.json("GET", "/extensions")))
      .toMatch(/late \[redacted\]|the key is \[redacted\]/);
    shown.extensions = JSON.stringify(await api.json("GET", "/extensions"));
    expect(shown.extensions).toContain("cannot with [redacted]");
    const run = await runDispatch(["tell"], { home: dataDir, dataDir });
    expect(run.out).toBe("key [redacted]\n");
    shown.command = JSON.stringify([run, await runDispatch(["tell", "--json"], { home: dataDir, dataDir })]);
    shown.why = JSON.stringify(await runDispatch(["extensions", "--why"], { home: dataDir, dataDir }));
    shown.messages = JSON.stringify(await api.messages("c"));
    await expect
      .poll(() => readFile(join(dataDir, "logs", "dispatch.log"), "utf8"))
      .toContain("late [redacted]");
    shown.frames = JSON.stringify(device.frames);
    shown.stderr = stage.server.errors();
    expect(shown.stderr).toContain("cannot with [redacted]");
    expect(shown.stderr).toMatch(/console: .*\[redacted\]/);
    device.ws.close();
    // The same in the background, where what it prints goes into a file.
    const home = { home: dataDir, dataDir, env: { OPENAI_API_KEY: secret, OPENAI_BASE_URL: provider.url } };
    shown.restart = JSON.stringify(await runDispatch(["restart"], home));
    shown.down = JSON.stringify(await runDispatch(["down"], home));
    for (const folder of ["logs", "store"])
      for (const name of await readdir(join(dataDir, folder)))
        shown[`${folder}/${name}`] = await readFile(join(dataDir, folder, name), "latin1");
    expect(shown["logs/dispatch.log"]).toContain("the key is [redacted]");
    expect(shown["logs/serve.log"]).toContain("console: [redacted]\nconsole: [redacted]\n");
  } finally {
    await stage.end();
    await folder.remove();
  }
  for (const [where, what] of Object.entries(shown))
    for (const form of forms) expect(what.includes(form), `${where} shows ${form}`).toBe(false);
});
