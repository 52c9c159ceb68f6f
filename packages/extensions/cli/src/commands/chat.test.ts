import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import {
  type ApiServer,
  type Handler,
  numbered,
  type RunOptions,
  runCli,
  startApi,
  startCli,
  streamTurn,
} from "../testing/run-cli.ts";
import { done, sealed } from "../testing/turn-events.ts";

let api: ApiServer | undefined;
afterEach(() => api?.close());

const answer = [
  { type: "user-message", text: "hello", messageId: "m" },
  { type: "turn-start", model: "openai/gpt", attempt: 1 },
  { type: "reasoning-delta", block: "r", at: 0, text: "Let me think" },
  { type: "reasoning", block: "r", length: 12 },
  { type: "text-delta", block: "b", at: 0, text: "Reading" },
  { type: "text", block: "b", length: 7 },
  { type: "tool-call", callId: "c", name: "read_file", input: {}, target: "notes.txt" },
  {
    type: "tool-result",
    callId: "c",
    name: "read_file",
    output: "x",
    isError: false,
    outcome: "ok",
    durationMs: 12,
  },
  { type: "step-complete" },
  {
    type: "provider-retry",
    attempt: 1,
    delayMs: 5_000,
    error: { code: "429", message: "Too many", retryable: true },
  },
  { type: "text-delta", block: "d", at: 0, text: "Done.", stepId: "t1#1" },
  { type: "text", block: "d", length: 5, stepId: "t1#1" },
  done(),
  sealed,
];

async function chat(
  args: readonly string[],
  routes: Readonly<Record<string, Handler>>,
  options: RunOptions = {},
) {
  api = await startApi(routes);
  return runCli(["chat", ...args], { servers: api.servers, ...options });
}
const bodies = () =>
  api?.requests.filter((line) => line.startsWith("POST /chat ")).map((line) => JSON.parse(line.slice(11)));

describe("one turn", () => {
  it("prints the answer on stdout, the rest on stderr", async () => {
    const { code, out, err } = await chat(["hello", "there"], { "POST /chat": streamTurn(answer) });
    expect([code, out]).toEqual([0, "Reading\nDone.\n"]);
    expect(err.split("\n")).toEqual([
      "· read_file notes.txt ✓ 12 ms",
      "· retry 1 in 5.0 s: Too many",
      "conv-1 · openai/gpt · 1,234 in, 56 out · 2.1 s",
      "",
    ]);
    expect(bodies()).toEqual([{ message: "hello there", cwd: "/project" }]);
  });

  it("--show-reasoning prints it, dim, on stderr", async () => {
    const { err } = await chat(["hello", "--show-reasoning"], { "POST /chat": streamTurn(answer) });
    expect(err).toContain("Let me think\n");
  });

  it("--json prints each event with its cursor, and nothing else", async () => {
    const { code, out, err } = await chat(["hello", "--json"], { "POST /chat": streamTurn(answer) });
    expect([code, err]).toEqual([0, ""]);
    const lines = out
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.map(({ event }) => event)).toEqual(numbered(answer));
    expect(lines.at(-1)?.cursor).toMatch(/^k\d+$/);
  });

  it("a failed turn gives 1, its message and its fix", async () => {
    const failed = [
      { type: "text-delta", block: "b", at: 0, text: "half" },
      {
        type: "error",
        code: "auth",
        message: "The key was refused.",
        retryable: false,
        fix: "Check OPENAI_API_KEY.",
      },
      done("error"),
      sealed,
    ];
    const { code, out, err } = await chat(["hello"], { "POST /chat": streamTurn(failed) });
    expect([code, out]).toEqual([1, "half\n"]);
    expect(err).toContain("dispatch: The key was refused.\n  Check OPENAI_API_KEY.\n");
    api?.close();
    const json = await chat(["hello", "--json"], { "POST /chat": streamTurn(failed) });
    expect(json.code).toBe(1);
    expect(JSON.parse(json.err)).toMatchObject({ error: { code: "auth", message: "The key was refused." } });
  });

  it("a busy conversation gives 1 and what to do", async () => {
    const problem = {
      type: "x",
      title: "Busy",
      status: 409,
      code: "conversation-busy",
      detail: "A turn runs.",
      fix: "Wait.",
      turnId: "t",
    };
    const { code, err } = await chat(["hello"], {
      "POST /chat": (_, response) => void response.writeHead(409).end(JSON.stringify(problem)),
    });
    expect([code, err]).toEqual([1, "dispatch: A turn runs.\n  Wait.\n"]);
  });

  it("--detach prints the ids and leaves", async () => {
    const accepted = { conversationId: "conv-1", turnId: "t1", messageId: "m", seq: 1, cursor: "k" };
    const routes = { "POST /chat": () => accepted };
    expect(await chat(["hello", "--detach"], routes)).toEqual({ code: 0, out: "conv-1 t1\n", err: "" });
    api?.close();
    expect(JSON.parse((await chat(["hello", "--detach", "--json"], routes)).out)).toEqual(accepted);
  });
});

describe("the message", () => {
  it("is the words, then files, then what is piped", async () => {
    const cwd = await mkdtemp(join(tmpdir(), "dispatch-cli-"));
    try {
      await writeFile(join(cwd, "a.txt"), "alpha\n");
      const args = [
        "review",
        "--file",
        "a.txt",
        "--system",
        "Be brief.",
        "-m",
        "x/y",
        "--effort",
        "low",
        "--cwd",
        "sub",
      ];
      await chat(args, { "POST /chat": streamTurn([done(), sealed]) }, { cwd, stdin: "piped\n" });
      expect(bodies()).toEqual([
        {
          message: "review\n\nFile a.txt:\n```\nalpha\n```\n\npiped",
          system: "Be brief.",
          model: "x/y",
          effort: "low",
          cwd: join(cwd, "sub"),
        },
      ]);
    } finally {
      await rm(cwd, { recursive: true });
    }
  });

  it.each([
    [[], { stdin: "" }, "There is no message."],
    [["x", "--file", "missing.txt"], {}, "missing.txt cannot be read: ENOENT."],
    [["--json"], {}, "A message is needed."],
    [["x", "-c", "a", "--continue"], {}, "cannot be given together"],
    [["x", "--new", "--continue"], {}, "cannot be given together"],
    [["x".repeat(1_000_001)], {}, "1000000 can be sent"],
  ])("wrong usage %#", async (args, options, sentence) => {
    const { code, err } = await chat(args, {}, options);
    expect(code).toBe(2);
    expect(err).toContain(sentence);
    expect(api?.requests).toEqual([]);
  });
});

describe("the conversation", () => {
  const notFound: Handler = (_, response) => {
    const problem = {
      type: "x",
      title: "No",
      status: 404,
      code: "conversation-not-found",
      detail: "No such conversation.",
    };
    response.writeHead(404).end(JSON.stringify(problem));
  };
  const turn = { "POST /chat": streamTurn([done(), sealed]) };

  it("is found by prefix and keeps its own folder", async () => {
    await chat(["hi", "-c", "019"], { ...turn, "GET /conversations/resolve": () => ({ id: "0199-full" }) });
    expect(bodies()).toEqual([{ message: "hi", conversationId: "0199-full" }]);
  });

  it("a new name begins one; a mistyped generated id does not", async () => {
    await chat(["hi", "-c", "build-42"], { ...turn, "GET /conversations/resolve": notFound });
    expect(bodies()).toEqual([{ message: "hi", conversationId: "build-42", cwd: "/project" }]);
    api?.close();
    const { code, err } = await chat(["hi", "-c", "0199a"], {
      ...turn,
      "GET /conversations/resolve": notFound,
    });
    expect(code).toBe(1);
    expect(err).toBe(
      "dispatch: There is no conversation 0199a, and none whose id begins so.\n" +
        "  `dispatch list --all` shows those there are. To begin one of this name: `dispatch chat --new -c 0199a`.\n",
    );
    expect(api?.requests).toHaveLength(1);
  });

  it("--new begins one of exactly this name, and touches none that exists", async () => {
    const routes = {
      ...turn,
      "GET /conversations/cafe": notFound,
      "GET /conversations/feed": () => ({ id: "feed" }),
    };
    await chat(["hi", "--new", "-c", "cafe"], routes);
    expect(bodies()).toEqual([{ message: "hi", conversationId: "cafe", cwd: "/project" }]);
    api?.close();
    const { code, err } = await chat(["hi", "--new", "-c", "feed"], routes);
    expect([code, err]).toEqual([
      1,
      expect.stringContaining("The conversation feed exists.\n  Leave out --new"),
    ]);
    api?.close();
    await chat(["hi", "--new"], routes);
    expect(bodies()).toEqual([{ message: "hi", cwd: "/project" }]);
  });

  it("--continue takes the newest of this folder, over pages", async () => {
    const pages: Record<string, unknown> = {
      "": { items: [{ id: "a", cwd: "/elsewhere" }], nextCursor: "p2" },
      p2: {
        items: [
          { id: "b", cwd: "/project" },
          { id: "c", cwd: "/project" },
        ],
      },
    };
    const list: Handler = (request) =>
      pages[new URL(request.url ?? "", "http://x").searchParams.get("cursor") ?? ""];
    await chat(["hi", "--continue"], { ...turn, "GET /conversations": list });
    expect(bodies()).toEqual([{ message: "hi", conversationId: "b" }]);
    api?.close();
    const none = await chat(
      ["hi", "--continue"],
      { ...turn, "GET /conversations": list },
      { cwd: "/nowhere" },
    );
    expect(none.code).toBe(1);
    expect(none.err).toContain("There is no conversation in /nowhere to continue.");
  });
});

describe("Ctrl-C", () => {
  it("once stops the turn, waits for its seal and gives 130", async () => {
    let finish: (() => void) | undefined;
    api = await startApi({
      "POST /chat": (_, response) => {
        const head = numbered([
          { type: "text-delta", block: "b", at: 0, text: "begun" },
          done("aborted"),
          sealed,
        ]);
        response.writeHead(200, { "x-conversation-id": "conv-1", "x-turn-id": "t1" });
        const write = (event: unknown) => response.write(`${JSON.stringify({ cursor: "k", event })}\n`);
        write(head[0]);
        finish = () => {
          for (const event of head.slice(1)) write(event);
          response.end();
        };
      },
      "POST /conversations/conv-1/stop": () => {
        finish?.();
        return { aborted: true, turnId: "t1", status: "idle" };
      },
    });
    const session = startCli(["chat", "hi"], { servers: api.servers });
    await expect.poll(() => session.screen()).toContain("begun");
    session.interrupt();
    const { code, out, err } = await session.done;
    expect([code, out]).toEqual([130, "begun\n"]);
    expect(err).toContain("aborted");
    expect(api.requests.at(-1)).toBe('POST /conversations/conv-1/stop {"turnId":"t1"}');
  });

  it("twice leaves at once, whatever the server does", async () => {
    api = await startApi({
      "POST /chat": streamTurn([{ type: "text-delta", block: "b", at: 0, text: "begun" }]),
      "POST /conversations/conv-1/stop": () => new Promise(() => undefined),
    });
    const session = startCli(["chat", "hi"], { servers: api.servers });
    await expect.poll(() => session.screen()).toContain("begun");
    session.interrupt();
    session.interrupt();
    expect((await session.done).code).toBe(130);
  });
});

it("--detach labels the ids on a screen; a script reads them as before", async () => {
  const routes = {
    "POST /conversations": () => ({}),
    "POST /chat": () => ({ conversationId: "c", turnId: "t" }),
  };
  const detach = async (tty: boolean) => {
    api = await startApi(routes);
    const { out } = await runCli(["chat", "hi", "--detach"], { servers: api.servers, tty });
    api.close();
    return out;
  };
  expect(await detach(true)).toBe("conversation c, turn t\n");
  expect(await detach(false)).toBe("c t\n");
});

describe("watch", () => {
  const request = { name: "run_command", input: { argv: ["ls"] }, cwd: "/w", kind: "execute" };

  it("names the calls that wait for a word, on joining and when they come, once, and says what became of them", async () => {
    const snapshot = {
      conversation: { id: "conv-1", status: "active", waiting: "approval" },
      messages: [],
      hasMore: false,
      running: { turnId: "t1", attempt: 1, blocks: [], tools: [] },
      queue: [],
      approvals: [{ approvalId: "a1", callId: "c1", request }],
      seq: 2,
      cursor: "k2",
    };
    const resolved = { type: "approval-resolved", approvalId: "a1", callId: "c1", decision: "allow" };
    const live = numbered([
      {},
      {},
      resolved,
      { type: "approval-requested", approvalId: "a2", callId: "c2", hash: "h", request },
      { type: "text-delta", block: "b", at: 0, text: "on" },
    ]);
    api = await startApi({
      "GET /conversations/resolve": () => ({ id: "conv-1" }),
      "GET /conversations/conv-1/events": (_, response) => {
        response.write(`id: k2\nevent: snapshot\ndata: ${JSON.stringify(snapshot)}\n\n`);
        for (const event of live.slice(2))
          response.write(`id: k\nevent: ${String(event.type)}\ndata: ${JSON.stringify(event)}\n\n`);
      },
    });
    const session = startCli(["watch", "conv"], { servers: api.servers, tty: true, env: { NO_COLOR: "1" } });
    await expect.poll(() => session.screen()).toContain("on");
    await expect.poll(() => session.screen()).toContain("approve a2");
    session.interrupt();
    const question = '· waits for an approval: run_command {"argv":["ls"]} in "/w"';
    expect((await session.done).err.split("\n").slice(0, 5)).toEqual([
      question,
      "  dispatch approve a1   (or --deny)",
      "· allowed",
      question,
      "  dispatch approve a2   (or --deny)",
    ]);
  });

  it("shows what is there, then what comes, until Ctrl-C", async () => {
    const snapshot = {
      conversation: { id: "conv-1", status: "active" },
      messages: [
        { messageId: "u", role: "user", seq: 1, turnId: "t1", chunks: [{ type: "text", text: "hello" }] },
      ],
      hasMore: false,
      running: {
        turnId: "t1",
        attempt: 1,
        blocks: [{ block: "b", kind: "text", messageId: "t1#0.a", text: "Rea" }],
        tools: [],
      },
      queue: [],
      approvals: [],
      seq: 2,
      cursor: "k2",
    };
    const live = numbered([
      {},
      {},
      { type: "text-delta", block: "b", at: 2, text: "ading" },
      { type: "text", block: "b", length: 7 },
      done(),
      sealed,
    ]);
    api = await startApi({
      "GET /conversations/resolve": () => ({ id: "conv-1" }),
      "GET /conversations/conv-1/events": (_, response) => {
        response.write(`id: k2\nevent: snapshot\ndata: ${JSON.stringify(snapshot)}\n\n`);
        for (const event of live.slice(2))
          response.write(`id: k\nevent: ${String(event.type)}\ndata: ${JSON.stringify(event)}\n\n`);
      },
    });
    const session = startCli(["watch", "conv"], { servers: api.servers });
    await expect.poll(() => session.screen()).toContain("2.1 s");
    session.interrupt();
    expect(await session.done).toEqual({
      code: 130,
      out: "> hello\nReading\n",
      err: "conv-1 · openai/gpt · 1,234 in, 56 out · 2.1 s\n",
    });
  });
});
