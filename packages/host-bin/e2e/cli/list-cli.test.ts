/** `dispatch list` and `show`: how the last turn of a conversation ended, and why. And which one a name stands for. */
import { calls, reply, text, unauthorized } from "@dispatch/provider-openai/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { runDispatch } from "../support/cli.ts";
import { type Stage, setStage } from "../support/stage.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await setStage();
});
afterAll(() => stage.end());

const dispatch = (...args: string[]) =>
  runDispatch(args, { home: stage.dataDir, dataDir: stage.dataDir, cwd: stage.cwd });
const lineOf = (out: string, id: string) => out.split("\n").find((line) => line.startsWith(`${id} `));

it("say why a turn did not complete, in words; of one that did, nothing", async () => {
  stage.provider.script(unauthorized());
  await stage.api.chat({ message: "fail", conversationId: "failing", cwd: stage.cwd });
  stage.provider.script(reply(calls({ name: "list_files", args: {} })));
  await stage.api.chat({ message: "walk", conversationId: "walking", cwd: stage.cwd, maxSteps: 1 });
  stage.provider.script(reply(text("fine")));
  await stage.api.chat({ message: "answer", conversationId: "fine", cwd: stage.cwd });
  await stage.server.stop();
  await stage.restart();

  const { out } = await dispatch("list");
  expect(lineOf(out, "failing")).toMatch(/idle \(failed: [a-z-]+\)/);
  expect(lineOf(out, "walking")).toContain("idle (stopped: too many steps)");
  expect(lineOf(out, "fine")).toMatch(/idle {2}/);
  const shown = await dispatch("show", "failing");
  expect(shown.code).toBe(0);
  expect(shown.out).toBe("> fail\n");
  expect(shown.err).toContain("Incorrect API key provided");
  expect((await dispatch("show", "walking")).err).toMatch(/· .*steps.*\n$/);
  expect((await dispatch("show", "fine")).err).toMatch(/fine · idle · answer\n$/);
  const { items } = JSON.parse((await dispatch("list", "failing", "--json")).out);
  expect(items[0].lastTurn).toMatchObject({
    reason: "error",
    detail: expect.stringContaining("Incorrect API key provided"),
  });
});

it("a name of hexadecimal digits is an id first, then the beginning of one, and else nothing until it is said to be new", async () => {
  const say = async (...args: string[]) => {
    stage.provider.script(reply(text("fine")));
    return dispatch("chat", ...args, "hello");
  };
  const messages = async (id: string) =>
    (await stage.api.messages(id)).filter(({ role }) => role === "user").length;
  const refused = await dispatch("chat", "-c", "cafe", "hello");
  expect(refused).toMatchObject({ code: 1, out: "" });
  expect(refused.err).toContain("There is no conversation cafe, and none whose id begins so.");
  expect(refused.err).toContain("`dispatch chat --new -c cafe`");
  expect((await stage.api.request("GET", "/conversations/cafe")).status).toBe(404);

  expect((await say("--new", "-c", "cafe2")).code).toBe(0);
  expect((await say("-c", "cafe")).code).toBe(0);
  expect(await messages("cafe2")).toBe(2);
  expect((await say("--new", "-c", "cafe")).code).toBe(0);
  expect((await say("-c", "cafe")).code).toBe(0);
  expect([await messages("cafe"), await messages("cafe2")]).toEqual([2, 2]);
  expect((await dispatch("chat", "-c", "caf", "hello")).err).toMatch(/caf fits .*cafe2/);
  expect((await dispatch("show", "cafe")).err).toContain("cafe · idle");
  expect((await dispatch("show", "bead")).err).toMatch(
    /No conversation id starts with bead\.\n.*dispatch list --all/,
  );
});
