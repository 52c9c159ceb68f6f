import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { rateLimited } from "./error-replies.ts";
import { answer, call, calling, spoken, user } from "./planted-fault.ts";
import { findScript, promptReply, scriptedPrompt } from "./prompt-script.ts";
import { calls, reply, text } from "./reply.ts";
import { hear } from "./sse-events.ts";
import { type StrictServer, startStrictServer } from "./strict-server.ts";

const first = reply(calls({ name: "read", args: { text: 'a "}" in a string' } }));
const second = reply(text("done } {"));
const prompt = { role: "user", content: scriptedPrompt([[rateLimited(1), first], second]) };

describe("promptReply", () => {
  it("goes by the assistant messages behind the last user message, and by attempts", () => {
    const turn = [user, spoken, prompt];
    expect(promptReply(turn, 0)).toEqual(rateLimited(1));
    expect(promptReply(turn, 1)).toEqual(first);
    expect(promptReply(turn, 5)).toEqual(first);
    const stepped = [...turn, calling(call("a")), answer("a")];
    expect(promptReply(stepped, 0)).toEqual(second);
    expect(promptReply([...stepped, spoken], 0)).toBeUndefined();
    expect(promptReply([...stepped, spoken, user], 0)).toBeUndefined();
  });

  it("finds the script in parts, behind other braces, and nowhere else", () => {
    const parts = [
      { type: "text", text: 'look: {"a": {}} {"strict": 1}' },
      { type: "text", text: prompt.content },
    ];
    expect(promptReply([{ role: "user", content: parts }], 1)).toEqual(first);
    expect(findScript('{"strict": {"replies": [')).toBeUndefined();
    expect(findScript('{"strict": {"replies": {}}}')).toBeUndefined();
  });
});

describe("a server asked with a script", () => {
  let server: StrictServer;
  beforeEach(async () => {
    server = await startStrictServer();
  });
  afterEach(() => server.close());

  const ask = (...messages: readonly unknown[]) =>
    fetch(`${server.url}/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model: "m", stream: true, messages }),
    });

  it("plays it, counting attempts by the messages", async () => {
    expect((await ask(prompt)).status).toBe(429);
    const heard = await hear(await ask(prompt));
    expect(heard.calls).toMatchObject([{ name: "read" }]);
    const { text: said } = await hear(await ask(prompt, calling(call("a")), answer("a")));
    expect(said).toBe("done } {");
    expect(server.violations()).toEqual([]);
  });

  it("answers otherwise where the script is over, was queued over, or is not wanted", async () => {
    server.respond(reply(text("otherwise")));
    expect((await hear(await ask(prompt, spoken, user))).text).toBe("otherwise");
    server.script(reply(text("queued")));
    expect((await hear(await ask(prompt))).text).toBe("queued");
    server.promptScripts = false;
    expect((await hear(await ask(prompt))).text).toBe("otherwise");
  });
});
