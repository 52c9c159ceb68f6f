import { afterEach, describe, expect, it } from "vitest";
import { type ApiServer, numbered, startApi, startCli, streamTurn } from "../testing/run-cli.ts";
import { done, sealed } from "../testing/turn-events.ts";

let api: ApiServer | undefined;
afterEach(() => api?.close());

const answer = [
  { type: "text-delta", block: "b", at: 0, text: "Reading" },
  { type: "text", block: "b", length: 7 },
  done(),
  sealed,
];
const bodies = () =>
  api?.requests.filter((line) => line.startsWith("POST /chat ")).map((line) => JSON.parse(line.slice(11)));

describe("at the keyboard", () => {
  it("goes on in one conversation until /exit", async () => {
    api = await startApi({ "POST /chat": streamTurn(answer) });
    const session = startCli(["chat"], { servers: api.servers, tty: true, env: { NO_COLOR: "1" } });
    await expect.poll(() => session.screen()).toContain("> ");
    session.stdin.write("first\r");
    await expect.poll(() => session.screen().split("> \u001b")).toHaveLength(3);
    session.stdin.write("/nonsense\r");
    await expect.poll(() => session.screen()).toContain("/nonsense is not a command");
    session.stdin.write("second\r");
    await expect.poll(() => session.screen().match(/2\.1 s/g)).toHaveLength(2);
    session.stdin.write("/exit\r");
    expect((await session.done).code).toBe(0);
    expect(bodies()).toEqual([
      { message: "first", cwd: "/project" },
      { message: "second", cwd: "/project", conversationId: "conv-1" },
    ]);
  });

  /** Turns that last until they are stopped or finished by hand. */
  async function slowTurns() {
    const open: { write(text: string): unknown; end(): unknown }[] = [];
    const finish = (reason: string) => {
      const response = open.shift();
      for (const event of numbered([done(reason), sealed]))
        response?.write(`${JSON.stringify({ cursor: "k", event })}\n`);
      response?.end();
    };
    const started = await startApi({
      "POST /chat": (_, response) => {
        response.writeHead(200, { "x-conversation-id": "conv-1", "x-turn-id": "t1" });
        response.flushHeaders();
        open.push(response);
      },
      "POST /conversations/conv-1/stop": () => {
        finish("aborted");
        return { aborted: true, turnId: "t1", status: "idle" };
      },
    });
    api = started;
    const session = startCli(["chat"], { servers: started.servers, tty: true, env: { NO_COLOR: "1" } });
    await expect.poll(() => session.screen()).toContain("> ");
    const messages = () => (bodies() ?? []).map((body: { message: string }) => body.message);
    return { session, finish, messages, open };
  }

  it("what was typed while a turn ran stands in the prompt after Ctrl-C, line by line, and is sent by Enter", async () => {
    const { session, finish, messages, open } = await slowTurns();
    session.stdin.write("first\r");
    await expect.poll(() => open).toHaveLength(1);
    session.stdin.write("second\nthird\n");
    await expect.poll(() => session.stdin.readableLength).toBe(0);
    session.interrupt();
    await expect.poll(() => session.screen()).toContain("> \u001b[3Gsecond");
    expect(session.screen()).toContain("2 lines typed meanwhile were not sent");
    session.stdin.write(" or not\r");
    await expect.poll(() => messages()).toEqual(["first", "second or not"]);
    await expect.poll(() => open).toHaveLength(1);
    finish("completed");
    await expect.poll(() => session.screen()).toContain("> \u001b[3Gthird");
    expect(messages()).toHaveLength(2);
    session.stdin.write("\r");
    await expect.poll(() => messages()).toEqual(["first", "second or not", "third"]);
    await expect.poll(() => open).toHaveLength(1);
    finish("completed");
    await expect.poll(() => session.screen().match(/2\.1 s/g)).toHaveLength(3);
    session.stdin.write("/exit\r");
    expect((await session.done).code).toBe(0);
  });

  it("without Ctrl-C the lines typed meanwhile are sent one after the other, and the beginning of one stays", async () => {
    const { session, finish, messages, open } = await slowTurns();
    session.stdin.write("first\rpasted\r"); // in one piece, as a paste comes
    await expect.poll(() => open).toHaveLength(1);
    session.stdin.write("second\n/ex");
    await expect.poll(() => session.stdin.readableLength).toBe(0);
    for (const count of [2, 3]) {
      finish("completed");
      await expect.poll(() => messages()).toHaveLength(count);
      await expect.poll(() => open).toHaveLength(1);
    }
    finish("completed");
    await expect.poll(() => session.screen()).toContain("> \u001b[3G/ex");
    session.stdin.write("it\r");
    expect((await session.done).code).toBe(0);
    expect(messages()).toEqual(["first", "pasted", "second"]);
  });

  it("Ctrl-D while a turn runs leaves after it", async () => {
    const { session, finish, open } = await slowTurns();
    session.stdin.write("first\r");
    await expect.poll(() => open).toHaveLength(1);
    session.stdin.end();
    await expect.poll(() => session.stdin.readableEnded).toBe(true);
    finish("completed");
    expect((await session.done).code).toBe(0);
  });

  it("a failing turn does not end it; Ctrl-D does", async () => {
    api = await startApi({});
    const session = startCli(["chat"], { servers: api.servers, tty: true });
    await expect.poll(() => session.screen()).toContain("> ");
    session.stdin.write("first\r");
    await expect.poll(() => session.screen()).toContain("nothing at /chat");
    session.stdin.end();
    expect((await session.done).code).toBe(0);
  });

  it("Ctrl-C twice at the prompt leaves with 130", async () => {
    api = await startApi({});
    const session = startCli(["chat"], { servers: api.servers, tty: true });
    await expect.poll(() => session.screen()).toContain("> ");
    session.stdin.write("\u0003");
    await expect.poll(() => session.screen()).toContain("Ctrl-C again leaves");
    session.stdin.write("\u0003");
    expect((await session.done).code).toBe(130);
  });

  it("a Ctrl-C that comes as a signal, between two prompts, counts too", async () => {
    api = await startApi({ "POST /chat": streamTurn(answer) });
    const session = startCli(["chat"], { servers: api.servers, tty: true });
    await expect.poll(() => session.screen()).toContain("> ");
    session.interrupt(); // while the first prompt waits: told after its line
    session.stdin.write("/nonsense\r");
    await expect.poll(() => session.screen()).toContain("Ctrl-C again leaves");
    session.stdin.write("\u0003");
    expect((await session.done).code).toBe(130);
  });
});
