import { readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { type ToolContext, type ToolOutput, tools } from "@dispatch/kernel";
import { createTestHost, expectNoLeaks } from "@dispatch/kernel/testing";
import { expect, it, vi } from "vitest";
import extension from "./index.ts";

const context = (output: (text: string) => void): ToolContext => ({
  conversationId: "c",
  turnId: "t",
  stepId: "t#0",
  callId: "k",
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
  const settings = { "tools-shell": { extraEnv: ["EDITOR_THEME", "OPENAI_API_KEY"] } };
  const host = createTestHost({ extensions: [extension], settings });
  expect((await host.start()).problems).toEqual([]);
  expect(host.logs).toContainEqual(expect.objectContaining({ fields: { names: ["OPENAI_API_KEY"] } }));
  const [tool] = host.list(tools);
  expect(tool).toMatchObject({ name: "run_command", value: { concurrencySafe: false } });
  expect(
    await tool?.value.execute(
      { argv: ["echo", "hi"] },
      context(() => {}),
    ),
  ).toEqual({ output: "hi\n(exit code 0)" });
  await host.stop();
  expectNoLeaks(host);
  expect(process.listenerCount("exit")).toBe(listeners);
});

it("ends running commands when it is stopped", async () => {
  const host = createTestHost({ extensions: [extension] });
  await host.start();
  const [tool] = host.list(tools);
  const argv = ["sh", "-c", "trap '' TERM; echo $$; sleep 30; sleep 30"];
  let running: Promise<ToolOutput> | ToolOutput | undefined;
  const shell: number = await new Promise<number>((resolve) => {
    running = tool?.value.execute(
      { argv },
      context((text) => resolve(Number(text))),
    );
  });
  expect(await isRunning(shell)).toBe(true);
  await host.stop();
  expect(await running).toEqual<ToolOutput>({ output: `${shell}\n(aborted)`, isError: true });
  await vi.waitFor(async () => expect(await isRunning(shell)).toBe(false));
  expectNoLeaks(host);
});
