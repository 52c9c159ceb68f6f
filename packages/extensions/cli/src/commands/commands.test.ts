import { afterEach, expect, it } from "vitest";
import { type ApiServer, type Handler, runCli, startApi } from "../testing/run-cli.ts";

let api: ApiServer | undefined;
afterEach(() => api?.close());

async function run(args: readonly string[], routes: Readonly<Record<string, Handler>>, tty = false) {
  api = await startApi(routes);
  return runCli(args, { servers: api.servers, tty });
}

const id = "0199a2b3-c4d5-7000-8000-000000000001";
const row = {
  id,
  title: "Fix the\nbuild",
  status: "idle",
  cwd: "/project",
  model: "offline/script",
  lastActivityAt: 1_000_000 - 120_000,
  lastTurn: { turnId: "t1", reason: "error" },
};
const resolve = { "GET /conversations/resolve": () => row };

it("list: aligned rows, newest first as the server gives them, filters passed on", async () => {
  const named = { ...row, id: "named", lastTurn: undefined, title: "Other", model: undefined };
  const list = { "GET /conversations": () => ({ items: [row, named], nextCursor: "n" }) };
  const { out, err } = await run(["list", "0199", "--all", "--limit", "2"], list);
  expect(out.split("\n")).toEqual([
    "0199a2b3-c4d5  idle (failed)  2 min ago  offline/script  Fix the build",
    "named          idle           2 min ago                  Other",
    "",
  ]);
  expect(err).toContain("there are more");
  expect(api?.requests).toEqual(["GET /conversations?q=0199&status=active%2Cidle%2Cclosed&limit=2"]);
});

it("list --json prints the answer as it came", async () => {
  const { out } = await run(["list", "--json"], { "GET /conversations": () => ({ items: [row] }) });
  expect(JSON.parse(out)).toEqual({ items: [row] });
});

it("an ambiguous prefix lists the candidates", async () => {
  const problem = {
    type: "x",
    title: "Ambiguous",
    status: 409,
    code: "ambiguous-id",
    detail: '"01" fits 2 conversations.',
    fix: "Give more characters.",
    candidates: [
      { id: "01a", title: "One" },
      { id: "01b", title: "Two" },
    ],
  };
  const { code, err } = await run(["close", "01"], {
    "GET /conversations/resolve": (_, response) => void response.writeHead(409).end(JSON.stringify(problem)),
  });
  expect(code).toBe(1);
  expect(err).toBe('dispatch: "01" fits 2 conversations.\n  01a  One\n  01b  Two\n  Give more characters.\n');
});

it("title: shows it, or sets it", async () => {
  const routes = { ...resolve, [`PUT /conversations/${id}/title`]: () => ({}) };
  expect((await run(["title", "0199"], routes)).out).toBe("Fix the\nbuild\n");
  api?.close();
  expect((await run(["title", "0199", "A", "new", "one"], routes)).out).toBe("A new one\n");
  expect(api?.requests.at(-1)).toBe(`PUT /conversations/${id}/title {"value":"A new one"}`);
});

it("stop and close act on the resolved id", async () => {
  const routes = {
    ...resolve,
    [`POST /conversations/${id}/stop`]: () => ({ aborted: true, turnId: "t1", status: "idle" }),
    [`POST /conversations/${id}/close`]: () => ({ ...row, status: "closed" }),
  };
  expect((await run(["stop", "0199"], routes)).out).toBe(`stopped ${id}\n`);
  api?.close();
  expect((await run(["close", "0199"], routes)).out).toBe(`closed ${id}\n`);
});

it("last waits while the turn runs, then prints the text; a failed turn gives 1", async () => {
  let asked = 0;
  const answers = [
    { running: true, turnId: "t1" },
    {
      text: "half an answer",
      turnId: "t1",
      reason: "error",
      error: { code: "overloaded", message: "Busy." },
    },
  ];
  const routes = { ...resolve, [`GET /conversations/${id}/last`]: () => answers[asked++] };
  const { code, out, err } = await run(["last", "0199"], routes);
  expect([code, out]).toEqual([1, "half an answer\n"]);
  expect(err).toContain("the turn ended: error: Busy.");
  expect(asked).toBe(2);
});

it("models: the default is marked, failures stand apart", async () => {
  const answer = {
    items: [
      { id: "openai/gpt", credential: "openai", provider: "openai", contextWindow: 128_000, default: true },
      { id: "offline/script", credential: "offline", provider: "offline" },
    ],
    failures: [{ credential: "other", message: "401 Unauthorized" }],
  };
  const { out, err } = await run(["models"], { "GET /models": () => answer });
  expect(out).toBe("*  openai/gpt      openai   128,000 tokens\n   offline/script  offline\n");
  expect(err).toBe("other: 401 Unauthorized\n");
});

it("extensions: a tree with state, time and trust; --why says more", async () => {
  const base = { version: "1.0.0", trust: "bundled", activation: "startup", dependsOn: [], faults: 0 };
  const items = [
    { ...base, id: "store", state: "active", activationMs: 4.2 },
    { ...base, id: "broken", state: "failed", reason: "settings.port: must be a number" },
    {
      ...base,
      id: "off",
      state: "disabled",
      reason: "needs broken",
      dependsOn: ["broken"],
      faults: 2,
      lastFault: "boom",
    },
  ];
  const routes = { "GET /extensions": () => ({ items }) };
  const plain = await run(["extensions"], routes);
  expect(plain.out.trimEnd().split("\n")).toEqual([
    "├─ ✓  store   1.0.0  active    4.2 ms  bundled",
    "├─ ✗  broken  1.0.0  failed            bundled",
    "│       settings.port: must be a number",
    "└─ –  off     1.0.0  disabled          bundled",
    "        needs broken",
  ]);
  api?.close();
  const why = await run(["extensions", "--why"], routes);
  for (const reason of ["needs broken\n", "2 faults, the last: boom"]) expect(why.out).toContain(reason);
});

it("status: the server and the configuration; nothing is started, 3 without a server", async () => {
  const setup = async () => ({
    dataDir: "/data",
    logFile: "/data/logs/dispatch.log",
    values: [{ path: "server.port", value: 0, source: "environment DISPATCH_PORT" }],
  });
  api = await startApi({});
  const up = await runCli(["status"], { servers: { ...api.servers, setup } });
  expect(up.code).toBe(0);
  for (const part of [api.url, "1.2.3", "4711", "2 min", "0 (environment DISPATCH_PORT)"])
    expect(up.out).toContain(part);
  const down = await runCli(["status"], { servers: { setup } });
  expect(down.code).toBe(3);
  expect(down.out).toContain("not running");
  const json = await runCli(["status", "--json"], { servers: { ...api.servers, setup } });
  expect(JSON.parse(json.out)).toMatchObject({ running: true, pid: 4711, dataDir: "/data" });
  expect(json.out).not.toContain("token");
});

it("down and restart say what they did", async () => {
  expect((await run(["down"], {})).out).toBe(`stopped ${api?.url} (pid 4711)\n`);
  api?.close();
  expect((await run(["restart"], {})).out).toBe(`restarted ${api?.url} (pid 4711)\n`);
  expect((await runCli(["down"])).out).toBe("no server is running\n");
});

it("show prints the messages, quoted people, tool lines on stderr", async () => {
  const messages = [
    {
      messageId: "u",
      role: "user",
      seq: 1,
      status: "complete",
      chunks: [{ type: "text", text: "two\nlines" }],
    },
    {
      messageId: "t1#0.a",
      role: "assistant",
      seq: 3,
      status: "complete",
      chunks: [
        { type: "reasoning", text: "hm" },
        { type: "text", text: "Answer \u001b[31mred." },
      ],
    },
    {
      messageId: "t1#0.t",
      role: "tool",
      seq: 5,
      status: "complete",
      chunks: [
        {
          type: "tool-result",
          callId: "c",
          name: "read_file",
          output: "no such file",
          isError: true,
          outcome: "error",
        },
      ],
    },
  ];
  const routes = {
    ...resolve,
    [`GET /conversations/${id}/messages`]: () => ({ items: messages, hasMore: true, cursor: "k" }),
  };
  const { out, err } = await run(["show", "0199"], routes);
  expect(out).toBe("> two\n> lines\nAnswer \u001b[31mred.\n");
  expect(err).toContain("· read_file ✗ error: no such file\n");
  expect(err).toContain("there are older messages");
  expect(err).toMatch(/· The turn failed\.\n$/);
  api?.close();
  const tty = await run(["show", "0199"], routes, true);
  expect(tty.out).toContain("Answer [31mred."); // no escape sequence of a model reaches a screen
});

it("show prints the questions of the conversation that wait, with the command that answers each", async () => {
  const request = { name: "run_command", input: { argv: ["ls"] }, cwd: "/w", kind: "execute" };
  const waits = { ...row, status: "active", waiting: "approval" };
  const items = [
    { approvalId: "a1", conversationId: id, request },
    { approvalId: "a2", conversationId: "another", request },
  ];
  const routes = (open: unknown[]) => ({
    "GET /conversations/resolve": () => waits,
    [`GET /conversations/${id}/messages`]: () => ({ items: [], hasMore: false, cursor: "k" }),
    "GET /approvals": () => ({ items: open }),
  });
  const { err } = await run(["show", "0199"], routes(items));
  expect(err.split("\n").slice(-3)).toEqual([
    '· waits for an approval: run_command {"argv":["ls"]} in "/w"',
    "  dispatch approve a1   (or --deny)",
    "",
  ]);
  api?.close();
  const none = await run(["show", "0199"], routes([]));
  expect(none.err).toContain("`dispatch approve` shows what was asked");
});

it("compact says what it did", async () => {
  const routes = {
    ...resolve,
    [`POST /conversations/${id}/compact`]: () => row,
    [`POST /conversations/${id}/compact/undo`]: () => row,
  };
  expect((await run(["compact", "0199"], routes)).out).toBe(
    `compacted ${id}: its context starts at a summary now; \`dispatch show\` has it\n`,
  );
  api?.close();
  expect((await run(["compact", "0199", "--undo"], routes)).out).toBe(
    `took the last compaction of ${id} back\n`,
  );
});

it("nothing of a title, an answer or an error is taken by a screen as an order; into a pipe it goes as it is", async () => {
  const order = "a\u001b]0;owned\u0007\u009b2Jb";
  const routes = {
    "GET /conversations/resolve": () => ({ ...row, title: order }),
    "GET /conversations": () => ({ items: [{ ...row, title: `${order}\u202e` }] }),
    [`GET /conversations/${id}/last`]: () => ({
      turnId: "t",
      reason: "error",
      text: order,
      error: { message: order },
    }),
    [`GET /conversations/${id}/messages`]: () => ({ items: [], hasMore: false, cursor: "c" }),
    [`POST /conversations/${id}/close`]: (
      _request: unknown,
      response: { writeHead(status: number): { end(text: string): void } },
    ) =>
      void response
        .writeHead(409)
        .end(JSON.stringify({ type: "x", title: "t", status: 409, code: "busy", detail: order, fix: order })),
  };
  const lines = [
    ["title", id],
    ["list"],
    ["list", "--json"],
    ["last", id],
    ["show", id],
    ["close", id],
    ["close", id, "--json"],
  ];
  for (const args of lines) {
    const { out, err } = await run([...args, "--no-color"], routes, true);
    expect(out + err, args.join(" ")).toContain("owned");
    expect((out + err).replaceAll("\n", ""), args.join(" ")).not.toMatch(/[\p{Cc}\u202e]/u);
    api?.close();
  }
  expect((await run(["last", id], routes)).out).toBe(`${order}\n`);
  api?.close();
  expect(JSON.parse((await run(["list", "--json"], routes)).out)).toEqual({
    items: [{ ...row, title: `${order}\u202e` }],
  });
});
