/** `dispatch watch` and `dispatch chat` as programs of their own: the list as it changes, and a turn through a death of the server. */
import { spawn } from "node:child_process";
import { heldUntil, reply, text } from "@dispatch/provider-openai/testing";
import type { ConversationRow } from "@dispatch/wire";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createGate } from "../support/gate.ts";
import { bin, cleanEnv } from "../support/server.ts";
import { type Stage, setStage } from "../support/stage.ts";
import { startTcpProxy, type TcpProxy } from "../support/tcp-proxy.ts";

let stage: Stage;
let proxy: TcpProxy;
beforeAll(async () => {
  proxy = await startTcpProxy();
  stage = await setStage({
    config: { extensions: { "transport-http": { settings: { allowedHosts: [proxy.host] } } } },
  });
  proxy.target = stage.server.url;
});
afterAll(async () => {
  await proxy.close();
  await stage.end();
});

/** Talks to the server through the proxy. */
function dispatch(...args: string[]) {
  const env = cleanEnv(stage.cwd, {
    DISPATCH_DATA_DIR: stage.dataDir,
    DISPATCH_URL: proxy.url,
    DISPATCH_TOKEN: stage.server.token,
  });
  const child = spawn(process.execPath, [bin, ...args], {
    cwd: stage.cwd,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [out, err] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (piece: string) => {
    out += piece;
  });
  child.stderr.setEncoding("utf8").on("data", (piece: string) => {
    err += piece;
  });
  return {
    out: () => out,
    err: () => err,
    interrupt: () => child.kill("SIGINT"),
    code: new Promise<number | null>((resolve) => child.once("exit", resolve)),
  };
}
it("watch without an id tells the list and a line for each change, until Ctrl-C", async () => {
  stage.provider.script(reply(text("hello")));
  const [lines, json] = [dispatch("watch"), dispatch("watch", "--json")];
  await expect.poll(() => lines.err()).toContain("no conversations");
  await expect.poll(() => json.out()).toBe('{"rows":[]}\n');
  await stage.api.chat({ message: "hi there", conversationId: "mine", cwd: stage.cwd });
  await expect.poll(() => lines.out()).toMatch(/^\d\d:\d\d:\d\d {2}mine {2}idle {2}/m);
  const told = () =>
    json
      .out()
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { reason?: string; conversation?: ConversationRow });
  await expect.poll(() => told().at(-1)).toMatchObject({ conversation: { id: "mine", status: "idle" } });
  await stage.api.request("DELETE", "/conversations/mine?archive=false");
  await expect.poll(() => json.out()).toContain('{"deleted":"mine"}');
  await expect.poll(() => lines.out()).toMatch(/mine {2}deleted$/m);
  for (const watching of [lines, json]) {
    watching.interrupt();
    expect(await watching.code).toBe(130);
  }
});

it("chat goes on through cuts and a death of the server, prints the answer once, and says when it tries again", async () => {
  const words = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, n) => `w${from + n} `).join("");
  const restarted = createGate();
  stage.provider.respond(reply(text(words(0, 20)), heldUntil(restarted.opened), text(words(20, 150))));
  const chat = dispatch("chat", "-c", "cut", "go");
  await expect.poll(() => chat.out()).toContain("w5 ");
  const watching = dispatch("watch", "cut");
  await expect.poll(() => watching.out()).toContain("> go");
  proxy.cutAll();
  await expect.poll(() => chat.err()).toMatch(/connection lost; trying again in .* \(at \d\d:\d\d:\d\d\)/);
  await stage.server.kill();
  await stage.restart();
  proxy.target = stage.server.url;
  restarted.open();
  expect(await chat.code).toBe(0);
  const messages = await stage.api.messages("cut");
  expect(messages.filter(({ role }) => role === "user")).toHaveLength(1);
  expect(chat.out().trimEnd()).toContain(words(0, 150).trimEnd());
  expect(chat.out().match(/w149 /g)).toHaveLength(1);
  await expect.poll(() => watching.out()).toContain("w149 ");
  watching.interrupt();
  expect(await watching.code).toBe(130);
});
