/** Extensions that do everything wrong, given by `--ext`: the turns of others do not notice, and each is named with what to do. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { calls, reply, text } from "@dispatch/provider-openai/testing";
import type { DispatchEvent } from "@dispatch/wire";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { assistantText } from "../support/api.ts";
import { runDispatch } from "../support/cli.ts";
import { tempFolder } from "../support/server.ts";
import { type Stage, setStage } from "../support/stage.ts";

const head = `
import { defineExtension, defineManifest, tools } from "@dispatch/kernel";
import { afterTool, planTurn, stepCommitted, turnSettled, turnStarted } from "@dispatch/session-orchestrator/ports";
import { defineRoute, routes } from "@dispatch/transport-http/ports";
import * as z from "zod";
const base = { version: "1.0.0", apiVersion: "^1.0.0" } as const;
`;
const hearing = `listens: { events: ["session-orchestrator/turnStarted"] }`;
const tool = `{ description: "x", parameters: z.object({}), execute: () => ({ output: "x" }) }`;

const bad: Readonly<Record<string, string>> = {
  "throws-in-activate": `
export const manifest = defineManifest({ ...base, id: "throws-in-activate", contributes: { points: { tools: ["never"] } } });
export default defineExtension(manifest, (host) => { host.contribute(tools, "never", ${tool}); throw new Error("no wish to start"); });`,
  "throws-in-handlers": `
const events = ["session-orchestrator/turnStarted", "session-orchestrator/stepCommitted", "session-orchestrator/turnSettled"] as const;
const filters = ["session-orchestrator/planTurn", "session-orchestrator/afterTool"] as const;
export const manifest = defineManifest({ ...base, id: "throws-in-handlers", listens: { events, filters } });
export default defineExtension(manifest, (host) => {
  for (const event of [turnStarted, stepCommitted, turnSettled] as const) host.on(event as typeof turnStarted, () => { throw new Error("handler broke"); });
  host.filter(planTurn, () => { throw new Error("plan broke"); });
  host.filter(afterTool, () => undefined as never);
});`,
  "throws-late": `
export const manifest = defineManifest({ ...base, id: "throws-late", ${hearing} });
export default defineExtension(manifest, (host) => {
  setTimeout(() => { throw "a text, late"; }, 1);
  host.on(turnStarted, () => { setTimeout(() => { throw new Error("late and loud"); }, 1); });
});`,
  "rejects-unhandled": `
export const manifest = defineManifest({ ...base, id: "rejects-unhandled", ${hearing} });
export default defineExtension(manifest, (host) => {
  host.on(turnStarted, () => { void (async () => { await null; throw new Error("nobody waits for this"); })(); });
});`,
  "gives-garbage": `
export const manifest = defineManifest({ ...base, id: "gives-garbage", contributes: { points: { tools: ["garbage"] } } });
export default defineExtension(manifest, (host) => {
  host.contribute(tools, "garbage", { description: "x", parameters: z.object({}), execute: (() => ({ result: 42 })) as never });
});`,
  "registers-undeclared": `
export const manifest = defineManifest({ ...base, id: "registers-undeclared" });
export default defineExtension(manifest, (host) => { (host.contribute as Function)(tools, "surprise", ${tool}); });`,
  "takes-a-name": `
export const manifest = defineManifest({ ...base, id: "takes-a-name", contributes: { points: { tools: ["read_file"] } } });
export default defineExtension(manifest, (host) => { host.contribute(tools, "read_file", ${tool}); });`,
  "misses-something": `
export const manifest = defineManifest({ ...base, id: "misses-something", dependsOn: { "no-such-thing": "^1.0.0" } });
export default defineExtension(manifest, () => {});`,
  "misspells-something": `
export const manifest = defineManifest({ ...base, id: "misspells-something", dependsOn: { "session-orchestrtor": "*" } });
export default defineExtension(manifest, () => {});`,
  "breaks-a-route": `
export const manifest = defineManifest({ ...base, id: "breaks-a-route", dependsOn: { "transport-http": "*" }, contributes: { points: { "transport-http/routes": ["broken"] } } });
export default defineExtension(manifest, (host) => {
  host.contribute(routes, "broken", defineRoute({ method: "GET", path: "/ext/breaks-a-route/x", operation: "broken", scope: "read", summary: "x", responses: {}, handle: () => { throw new Error("route broke"); } }));
});`,
};

let folder: { path: string; remove(): Promise<void> };
let stage: Stage;
let plain: Stage;
beforeAll(async () => {
  folder = await tempFolder("bad");
  const args = ["--approvals", "full"];
  for (const [name, code] of Object.entries(bad)) {
    const path = join(folder.path, `file-of-${name}.ts`);
    await writeFile(path, head + code);
    args.push("--ext", path);
  }
  [stage, plain] = await Promise.all([setStage({ args }), setStage()]);
  for (const { cwd } of [stage, plain]) await writeFile(join(cwd, "a.txt"), "alpha");
});
afterAll(async () => {
  await Promise.all([stage.end(), plain.end()]);
  await folder.remove();
});

/** One turn with a tool; what it says and which records it leaves. */
async function turn({ provider, api, cwd }: Stage, id: string) {
  provider.script(
    reply(text("I read. ", { chunks: 3 }), calls({ name: "read_file", args: { path: "a.txt" } })),
  );
  provider.script(reply(text("It says alpha.", { chunks: 5 })));
  const lines = await api.chat({ message: "x", conversationId: id, cwd });
  const records = lines.map(({ event }) => event).filter((event: DispatchEvent) => "seq" in event);
  return { text: assistantText(await api.messages(id)), records: records.map(({ type }) => type) };
}

const why = async () =>
  (await runDispatch(["extensions", "--why"], { home: stage.dataDir, dataDir: stage.dataDir })).out;

/** The lines of one extension in `extensions --why`. */
function about(out: string, id: string): string {
  const lines = out.split("\n");
  const start = lines.findIndex((line) => /[├└]─/.test(line) && line.includes(` ${id} `));
  const end = lines.findIndex((line, index) => index > start && /[├└]─/.test(line));
  return lines.slice(start, end === -1 ? undefined : end).join("\n");
}

describe("beside extensions that do everything wrong", () => {
  it("turns say and record the same as without them, again and again, and the server lives on", async () => {
    const { pid } = stage.server.child;
    for (const id of ["one", "two", "three"]) {
      const [beside, without] = await Promise.all([turn(stage, id), turn(plain, id)]);
      expect(beside).toEqual(without);
      expect(beside.text).toBe("I read. It says alpha.");
    }
    const { items } = await stage.api.json<{ items: { id: string; lastTurn: unknown }[] }>(
      "GET",
      "/conversations",
    );
    expect(items.map(({ lastTurn }) => lastTurn)).toMatchObject(items.map(() => ({ reason: "completed" })));
    expect((await stage.api.json<{ pid: number }>("GET", "/health")).pid).toBe(pid);
    expect(stage.server.child.exitCode).toBeNull();
  });

  it("a garbage answer of a tool is that call's error", async () => {
    stage.provider.script(reply(calls({ name: "garbage", args: {} })));
    stage.provider.script(reply(text("I see.")));
    await stage.api.chat({ message: "x", conversationId: "garbage", cwd: stage.cwd });
    expect(assistantText(await stage.api.messages("garbage"))).toBe("I see.");
    expect((await stage.api.request("GET", "/ext/breaks-a-route/x")).status).toBe(500);
  });

  it.each([
    [
      "throws-in-activate",
      /failed.*\n.*no wish to start, at .*throws-in-activate\.ts:\d+:\d+; correct .*throws-in-activate\.ts/,
    ],
    [
      "throws-in-handlers",
      /active.*\n[\s\S]*faults, the last: (event|filter) session-orchestrator\/\w+: .*(broke|forgot to return)[\s\S]*"enabled": false/,
    ],
    [
      "throws-late",
      /active.*\n.*faults, the last: uncaught exception: late and loud at .*throws-late\.ts:11:\d+; catch it, or use host\.timers/,
    ],
    [
      "rejects-unhandled",
      /active.*\n.*fault.*unhandled rejection: nobody waits for this at .*rejects-unhandled\.ts:\d+:\d+; await that promise/,
    ],
    [
      "gives-garbage",
      /active.*\n.*1 fault: tool garbage: it gave a value without the text `output`; return \{ output: "…" \}/,
    ],
    [
      "registers-undeclared",
      /failed.*\n.*not in the manifest.*add contributes: \{ points: \{ "tools": \["surprise"\] \} \}/,
    ],
    [
      "takes-a-name",
      /failed.*\n.*"read_file" in the point "tools" is already provided by "tools-fs"; disable one of the two/,
    ],
    [
      "misses-something",
      /disabled.*\n.*needs "no-such-thing", which is not there; add what provides it, or take it out of dependsOn/,
    ],
    ["misspells-something", /disabled.*\n.*did you mean "session-orchestrator"\?/],
    ["breaks-a-route", /active.*\n[\s\S]*1 fault: route broken: route broke/],
  ])("`extensions --why` says of %s what is wrong and what to do", async (id, sentence) => {
    await expect.poll(async () => about(await why(), id)).toMatch(sentence);
  });

  it("every bundled extension is as active as without them", async () => {
    const rows = async ({ api }: Stage) =>
      (
        await api.json<{ items: { id: string; trust: string; state: string; faults: number }[] }>(
          "GET",
          "/extensions",
        )
      ).items
        .filter(({ trust }) => trust === "bundled")
        .map(({ id, state, faults }) => ({ id, state, faults }));
    expect(await rows(stage)).toEqual(await rows(plain));
  });
});
