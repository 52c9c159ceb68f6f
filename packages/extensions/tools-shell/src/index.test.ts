import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import {
  defineExtension,
  defineManifest,
  type KeyValue,
  kv,
  type ToolContext,
  type ToolOutput,
  tools,
} from "@dispatch/kernel";
import { createTestHost, expectNoLeaks } from "@dispatch/kernel/testing";
import { conversationClosed, turnSettled } from "@dispatch/session-orchestrator/ports";
import { memoryKv } from "@dispatch/session-orchestrator/testing";
import { expect, it } from "vitest";
import extension from "./index.ts";

const storeManifest = defineManifest({
  id: "memory-kv",
  version: "1.0.0",
  apiVersion: "^1.0.0",
  contributes: { services: ["kv"] },
});
const storeOf = (values: KeyValue) => defineExtension(storeManifest, (host) => void host.provide(kv, values));

/** In the orchestrator's place: lets a test say what happened. */
function createTeller() {
  const teller = {
    settled: (_turnId: string) => {},
    closed: (_conversationId: string) => {},
  };
  const manifest = defineManifest({
    id: "session-orchestrator",
    version: "1.0.0",
    apiVersion: "^1.0.0",
    contributes: {
      events: ["session-orchestrator/turnSettled", "session-orchestrator/conversationClosed"],
    },
  });
  const usage = { inputTokens: 0, outputTokens: 0 };
  const told = defineExtension(manifest, (host) => {
    teller.settled = (turnId) =>
      host.emit(turnSettled, { conversationId: "c", turnId, reason: "completed", usage });
    teller.closed = (conversationId) => host.emit(conversationClosed, { conversationId });
  });
  return { teller, told };
}

const hostOf = (values: KeyValue = memoryKv(), settings: Record<string, unknown> = {}) => {
  const { teller, told } = createTeller();
  const host = createTestHost({
    extensions: [storeOf(values), told, extension],
    settings: { "tools-shell": settings },
  });
  const toolNamed = (name: string) => {
    const found = host.list(tools).find((each) => each.name === name);
    if (found === undefined) throw new Error(`There is no ${name}.`);
    return found.value;
  };
  return { host, teller, toolNamed };
};

const context = (output: (text: string) => void = () => {}, callId = "k"): ToolContext => ({
  conversationId: "c",
  turnId: "t",
  stepId: "t#0",
  callId,
  cwd: tmpdir(),
  env: {},
  signal: new AbortController().signal,
  log: { debug() {}, info() {}, warn() {}, error() {} },
  output,
});

/** Dead ones that nobody has waited for yet have no environment any more. */
const isRunning = async (pid: number): Promise<boolean> =>
  (await readFile(`/proc/${pid}/environ`, "utf8").catch(() => "")) !== "";

it("contributes its tool to a real host, warns about useless settings and leaves nothing behind", async () => {
  const listeners = process.listenerCount("exit");
  const { host, toolNamed } = hostOf(memoryKv(), { extraEnv: ["EDITOR_THEME", "OPENAI_API_KEY"] });
  expect((await host.start()).problems).toEqual([]);
  expect(host.logs).toContainEqual(expect.objectContaining({ fields: { names: ["OPENAI_API_KEY"] } }));
  expect(host.list(tools).map(({ name }) => name)).toEqual(["run_command", "run_shell"]);
  for (const name of ["run_command", "run_shell"])
    expect(toolNamed(name)).toMatchObject({ kind: "execute", concurrencySafe: false });
  expect(await toolNamed("run_command").execute({ argv: ["echo", "hi"] }, context())).toEqual({
    output: "hi\n(exit code 0)",
  });
  expect(await toolNamed("run_shell").execute({ script: "echo hi" }, context())).toEqual({
    output: "hi\n(exit code 0)",
  });
  await host.stop();
  expectNoLeaks(host);
  expect(process.listenerCount("exit")).toBe(listeners);
});

it("ends running commands when it is stopped", async () => {
  const { host, toolNamed } = hostOf();
  await host.start();
  const argv = ["sh", "-c", "trap '' TERM; echo $$; sleep 30; sleep 30"];
  let running: Promise<ToolOutput> | ToolOutput | undefined;
  const shell: number = await new Promise<number>((resolve) => {
    running = toolNamed("run_command").execute(
      { argv },
      context((text) => resolve(Number(text))),
    );
  });
  expect(await isRunning(shell)).toBe(true);
  await host.stop();
  expect(await running).toEqual<ToolOutput>({ output: `${shell}\n(aborted)`, isError: true });
  await expect.poll(() => isRunning(shell)).toBe(false);
  expectNoLeaks(host);
});

it("K5: sweeps what a turn left when it settles, but not its jobs; those go with the conversation", async () => {
  const { host, teller, toolNamed } = hostOf(memoryKv(), { killGraceMs: 40, jobFirstMs: 40 });
  await host.start();
  const ticking = setInterval(() => void host.clock.advance(20), 20);
  const shell = toolNamed("run_shell");
  const stray = await shell.execute(
    { script: "setsid sleep 30 >/dev/null 2>&1 & echo $!; sleep 0.1" },
    context(undefined, "k1"),
  );
  const job = await shell.execute(
    { script: "echo $$; sleep 30; true", background: true },
    context(undefined, "k2"),
  );
  const [strayPid, jobPid] = [stray, job].map(({ output }) => Number.parseInt(output, 10)) as [
    number,
    number,
  ];
  expect([await isRunning(strayPid), await isRunning(jobPid)]).toEqual([true, true]);

  teller.settled("another");
  teller.settled("t");
  await expect.poll(() => isRunning(strayPid)).toBe(false);
  expect(await isRunning(jobPid)).toBe(true);

  teller.closed("c");
  await expect.poll(() => isRunning(jobPid)).toBe(false);
  expect(host.faults).toEqual([]);
  await host.stop();
  clearInterval(ticking);
  expectNoLeaks(host);
});

it("K5: sweeps at its stop, and at its start what a server that crashed left", async () => {
  const values = memoryKv();
  const script = "setsid sleep 30 >/dev/null 2>&1 & echo $!; sleep 0.1";
  const start = async () => {
    const parts = hostOf(values, { killGraceMs: 40 });
    const ticking = setInterval(() => void parts.host.clock.advance(20), 20);
    expect((await parts.host.start()).problems).toEqual([]);
    return { ...parts, end: () => clearInterval(ticking) };
  };
  const first = await start();
  const pid = Number.parseInt((await first.toolNamed("run_shell").execute({ script }, context())).output, 10);
  expect(await isRunning(pid)).toBe(true);
  // As if the first had crashed: a second one starts on the same data.
  const second = await start();
  expect(await isRunning(pid)).toBe(false);
  expect(second.host.logs).toContainEqual(expect.objectContaining({ fields: { processes: 1 } }));
  const other = Number.parseInt(
    (await second.toolNamed("run_shell").execute({ script }, context())).output,
    10,
  );
  await second.host.stop();
  await expect.poll(() => isRunning(other)).toBe(false);
  await first.host.stop();
  for (const { end } of [first, second]) end();
});
