/** Many viewers on one server: one that does not read keeps nobody waiting, and whoever goes leaves nothing behind. */
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Message } from "@dispatch/wire";
import { afterAll, beforeAll, expect, it } from "vitest";
import { assistantText } from "../support/api.ts";
import { openSocket } from "../support/socket.ts";
import { type Stage, setStage } from "../support/stage.ts";

const bench = (name: string) => fileURLToPath(new URL(`../../bench/${name}`, import.meta.url));
/** `PAUSE_SECONDS=60`: the pause as long as a person's. */
const seconds = Number(process.env.PAUSE_SECONDS ?? 1);

interface Program {
  /** Its first line, then those that follow. */
  readonly line: () => Promise<string>;
  readonly end: () => void;
}

function program(...args: readonly string[]): Program {
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const lines: string[] = [];
  let wake = (): void => undefined;
  let rest = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    const parts = (rest + text).split("\n");
    rest = parts.pop() ?? "";
    lines.push(...parts);
    wake();
  });
  child.once("exit", () => wake());
  return {
    async line() {
      for (;;) {
        const next = lines.shift();
        if (next !== undefined) return next;
        if (child.exitCode !== null) throw new Error(`${args[0]} ended with ${child.exitCode}`);
        await new Promise<void>((go) => {
          wake = go;
        });
      }
    },
    end: () => void child.kill("SIGKILL"),
  };
}

let stage: Stage;
let provider: Program;
beforeAll(async () => {
  provider = program(bench("provider.mjs"));
  const url = (await provider.line()).replace("listening ", "");
  stage = await setStage({ env: { OPENAI_BASE_URL: `${url}/v1` } });
});
afterAll(async () => {
  await stage.end();
  provider.end();
});

const chat = (conversationId: string, message: string) =>
  stage.api.chat({ conversationId, message, cwd: stage.cwd });

const headOf = async (conversationId: string): Promise<{ items: Message[]; cursor: string }> =>
  stage.api.json("GET", `/conversations/${conversationId}/messages?limit=1000`);

/** A turn of 200 deltas a second before so many viewers in a process of their own; their lag in ms. */
async function watched(conversationId: string, viewers: number): Promise<{ p50: number; p99: number }> {
  const { url, token } = stage.server;
  const { cursor } = await headOf(conversationId);
  const socket = `${url.replace("http", "ws")}/ws`;
  const watching = program(bench("live/viewers.mjs"), socket, token, conversationId, String(viewers), cursor);
  await watching.line();
  await chat(conversationId, `deltas=${200 * seconds} everyMs=5 stamped`);
  const { p50, p99 } = JSON.parse(await watching.line());
  watching.end();
  return { p50, p99 };
}

/** What the bench's provider says. */
const word = "word ";

it("a viewer that stops reading costs the others nothing, and has everything when it reads again", {
  timeout: (60 + 4 * seconds) * 1_000,
}, async () => {
  await stage.api.json("POST", "/conversations", { id: "watched", cwd: stage.cwd });
  const paused = await openSocket(stage.server);
  await paused.ask({ type: "chat.subscribe", conversationId: "watched" });
  const before = await watched("watched", 100);
  paused.ws.pause();
  // More than the buffers of the system hold: from here on the server itself has to wait for this viewer.
  await chat("watched", "deltas=2000 words=1000");
  const held = paused.frames.length;
  const during = await watched("watched", 100);
  console.log(
    `lag in ms of 100 viewers: ${JSON.stringify(before)}, with one paused ${JSON.stringify(during)}`,
  );
  expect(paused.frames.length).toBe(held);
  const { items, cursor } = await headOf("watched");
  paused.ws.resume();
  if (seconds >= 30) {
    // Nothing moved for half a minute: it was let go, and comes back where it was.
    expect(await paused.ended).toBe(4_000);
    const back = await openSocket(stage.server, paused);
    await back.ask({
      type: "chat.subscribe",
      conversationId: "watched",
      after: paused.cursors.get("watched"),
    });
    await expect.poll(() => back.cursors.get("watched")).toBe(cursor);
    back.ws.close();
  } else await paused.until((frame) => frame.type === "chat.delta" && frame.cursor === cursor);
  const view = paused.views.get("watched")?.messages ?? [];
  expect(assistantText(view.filter(({ seq }) => seq < (items[0]?.seq ?? 0)))).toContain(
    word.repeat(2_000_000),
  );
  expect(view.slice(-items.length)).toEqual(items);
  paused.ws.close();
  await paused.ended;
});

it("a hundred reconnects over each transport leave no socket and no file open", {
  timeout: (60 + 4 * seconds) * 1_000,
}, async () => {
  await stage.api.json("POST", "/conversations", { id: "busy", cwd: stage.cwd });
  const open = () => readdirSync(`/proc/${stage.server.child.pid}/fd`).length;
  async function comeAndGo(times: number): Promise<void> {
    for (let n = 0; n < times; n++) {
      const device = await openSocket(stage.server);
      await device.ask({ type: "chat.subscribe", conversationId: "busy", after: "0" });
      if (n % 2 === 0) device.ws.terminate();
      else device.ws.close();
      await device.ended;
      const leave = new AbortController();
      const response = await stage.api.request(
        "GET",
        "/conversations/busy/events",
        undefined,
        n % 2 === 0 ? { "last-event-id": "0" } : {},
        leave.signal,
      );
      await response.body?.getReader().read();
      leave.abort();
    }
  }
  const turn = chat("busy", `deltas=${400 * seconds} everyMs=5`);
  await comeAndGo(10);
  await turn;
  await expect.poll(open).toBeLessThan(60);
  await new Promise((go) => setTimeout(go, 100));
  const before = open();
  const next = chat("busy", `deltas=${400 * seconds} everyMs=5`);
  await comeAndGo(100);
  await next;
  await expect.poll(open).toBeLessThanOrEqual(before);
});
