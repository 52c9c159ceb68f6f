/** `serve --ext`: the examples at work, files from outside of the tree, and files that are not run. */
import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { calls, reply, text } from "@dispatch/provider-openai/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Outcome, runDispatch } from "../support/cli.ts";
import { tempFolder } from "../support/server.ts";
import { type Stage, setStage } from "../support/stage.ts";

const example = (name: string) =>
  fileURLToPath(new URL(`../../../../examples/extensions/${name}`, import.meta.url));

let folder: { path: string; remove(): Promise<void> };
let stage: Stage | undefined;
beforeEach(async () => {
  folder = await tempFolder("ext");
});
afterEach(async () => {
  await stage?.end();
  stage = undefined;
  await folder.remove();
});

async function file(name: string, code: string): Promise<string> {
  await writeFile(join(folder.path, name), code);
  return join(folder.path, name);
}

async function stageWith(...files: readonly string[]): Promise<Stage> {
  stage = await setStage({ args: ["--approvals", "full", ...files.flatMap((path) => ["--ext", path])] });
  return stage;
}

const why = ({ dataDir }: Stage): Promise<Outcome> =>
  runDispatch(["extensions", "--why"], { home: dataDir, dataDir });

const results = async ({ api }: Stage, id: string) =>
  (await api.messages(id)).flatMap(({ chunks }) => chunks).filter((chunk) => chunk.type === "tool-result");

describe("the examples", () => {
  it("hello: a tool the model calls, from TypeScript without a build", async () => {
    const { provider, api, cwd, server, dataDir } = await stageWith(example("hello.ts"));
    provider.script(
      reply(calls({ name: "hello", args: { name: "Ada" } }, { name: "hello", args: { nmae: "x" } })),
    );
    provider.script(reply(text("Greeted.")));
    await api.chat({ message: "x", conversationId: "c", cwd });
    expect(await results(stage as Stage, "c")).toMatchObject([
      { output: "Hello, Ada!", isError: false },
      { isError: true, output: expect.stringContaining("name") },
    ]);
    expect(server.errors()).toMatch(/extension hello 1\.0\.0 asks for no capabilities, from .*hello\.ts/);
    const bundles = join(dataDir, "cache", "extensions");
    const [bundle = "", ...others] = await readdir(bundles);
    expect(others).toEqual([]);
    expect([(await stat(bundles)).mode & 0o777, (await stat(join(bundles, bundle))).mode & 0o777]).toEqual([
      0o700, 0o600,
    ]);
    await server.stop();
    await stage?.restart(); // the same file has the same bundle
    expect(await readdir(bundles)).toEqual([bundle]);
  });

  it("turn-count: a route under /ext/turn-count, an event, and its capability named at the start", async () => {
    const { provider, api, cwd, server } = await stageWith(example("turn-count.ts"));
    provider.script(reply(text("one")));
    await api.chat({ message: "x", cwd });
    await expect.poll(() => api.json("GET", "/ext/turn-count/counts")).toEqual({ completed: 1 });
    expect(server.errors()).toContain("turn-count 1.0.0 asks for routes and gets it");
    expect((await fetch(`${api.url}/ext/turn-count/counts`)).status).toBe(401);
  });

  it("keep-out: a guard that refuses one call and no other", async () => {
    const { provider, api, cwd } = await stageWith(example("keep-out.ts"));
    await writeFile(join(cwd, ".env"), "SECRET=1");
    await writeFile(join(cwd, "a.txt"), "alpha");
    provider.script(
      reply(
        calls({ name: "read_file", args: { path: ".env" } }, { name: "read_file", args: { path: "a.txt" } }),
      ),
    );
    provider.script(reply(text("Right.")));
    await api.chat({ message: "x", conversationId: "c", cwd });
    expect(await results(stage as Stage, "c")).toMatchObject([
      { outcome: "denied", output: expect.stringContaining("may hold secrets") },
      { output: "alpha", isError: false },
    ]);
  });
});

it("a wrong configuration is told before a file's code runs", async () => {
  const ran = join(folder.path, "ran");
  const body = `import { writeFileSync } from "node:fs"; writeFileSync(${JSON.stringify(ran)}, ""); export default 1;`;
  const path = await file("effect.mjs", body);
  const config = await file("wrong.json", '{ "modle": 1 }');
  const options = { home: folder.path, dataDir: join(folder.path, "data") };
  const refused = await runDispatch(["serve", "--config", config, "--ext", path], options);
  expect([refused.code, refused.err]).toEqual([1, expect.stringContaining("modle")]);
  expect(await readdir(folder.path)).not.toContain("ran");
  const right = await file("right.json", '{ "extensions": { "effect": { "nope": 1 } } }');
  const unknown = await runDispatch(["serve", "--config", right, "--ext", path], options);
  expect([unknown.code, unknown.err]).toEqual([1, expect.stringContaining("nope")]); // known to be wrong without it too
  expect(await readdir(folder.path)).not.toContain("ran");
});

describe("a file outside of the tree", () => {
  it("gets the program's own modules, from JavaScript and from TypeScript with what it imports", async () => {
    const body = (id: string) => `
import { defineExtension, defineManifest, tools } from "@dispatch/kernel";
import { dispatchError, isDispatchError } from "@dispatch/wire";
import { turnSettled } from "@dispatch/session-orchestrator/ports";
import * as z from "zod";
import { word } from "./word.js";
export const manifest = defineManifest({ id: "${id}", version: "1.0.0", apiVersion: "^1.0.0", contributes: { points: { tools: ["${id}_tool"] } } });
globalThis.seen ??= [];
globalThis.seen.push({ z, tools, turnSettled, isDispatchError });
export default defineExtension(manifest, (host) => {
  host.contribute(tools, "${id}_tool", { description: "x", parameters: z.object({}), execute: () => {
    const [first, ...others] = globalThis.seen;
    const same = others.length === 1 && others.every((each) => Object.keys(each).every((key) => each[key] === first[key]));
    return { output: word + ", same: " + same };
  } });
});`;
    await file("word.js", 'export const word = "imported";');
    const files = [await file("one.mjs", body("one")), await file("two.ts", body("two"))];
    const { provider, api, cwd } = await stageWith(...files);
    provider.script(reply(calls({ name: "one_tool", args: {} }, { name: "two_tool", args: {} })));
    provider.script(reply(text("Done.")));
    await api.chat({ message: "x", conversationId: "c", cwd });
    expect((await results(stage as Stage, "c")).map(({ output }) => output)).toEqual([
      "imported, same: true",
      "imported, same: true",
    ]);
  });

  it("is named with line and fix when it cannot be loaded, and the server starts without it", async () => {
    const kernel = `import { defineExtension, defineManifest } from "@dispatch/kernel";\n`;
    const manifest = (id: string) =>
      `export const manifest = defineManifest({ id: "${id}", version: "1.0.0", apiVersion: "^1.0.0" });\n`;
    const open = await file("open.ts", kernel);
    await chmod(open, 0o666);
    const shared = join(folder.path, "shared");
    await mkdir(shared);
    await chmod(shared, 0o1777);
    await writeFile(join(shared, "planted.mjs"), kernel);
    await symlink(open, join(folder.path, "link.ts"));
    const { api } = await stageWith(
      await file("syntax.ts", "export const a = 1;\nexport const b = ,;\n"),
      await file("syntax-js.mjs", "export const b = ,;\n"),
      await file("import-throws.ts", `${kernel}const x: number = 1;\nthrow new Error("not today");\n`),
      await file("no-default.ts", kernel + manifest("no-default")),
      await file(
        "no-manifest.mjs",
        `${kernel}export default defineExtension(defineManifest({ id: "a", version: "1.0.0", apiVersion: "^1.0.0" }), () => {});`,
      ),
      await file(
        "two-manifests.ts",
        `${kernel + manifest("a")}export default defineExtension({ ...manifest, id: "b" }, () => {});`,
      ),
      await file(
        "bad-manifest.ts",
        `${kernel + manifest("Bad Id")}export default defineExtension(manifest, () => {});`,
      ),
      join(folder.path, "absent.ts"),
      folder.path,
      open,
      join(folder.path, "link.ts"),
      join(shared, "planted.mjs"),
    );
    expect((await api.json("GET", "/health")).status).toBe("ok");
    const { out } = await why(stage as Stage);
    const lines = out.split("\n");
    const reasonOf = (id: string) => lines[lines.findIndex((line) => line.includes(`✗  ${id} `)) + 1];
    expect(reasonOf("syntax")).toContain('syntax.ts:2:18: Unexpected ","');
    expect(reasonOf("syntax-js")).toMatch(
      /syntax-js\.mjs: Unexpected token.*`node --check .*syntax-js\.mjs`/,
    );
    expect(reasonOf("import-throws")).toMatch(/not today, at .*import-throws\.ts:3:7/);
    expect(reasonOf("no-default")).toContain("export default defineExtension(manifest");
    expect(reasonOf("no-manifest")).toContain("export const manifest = defineManifest");
    expect(reasonOf("two-manifests")).toContain("give `manifest` to defineExtension");
    expect(reasonOf("Bad Id")).toContain("is not an id");
    expect(reasonOf("absent")).toContain("no such file");
    expect(out).toContain(`${folder.path}: it is not a regular file`);
    expect(reasonOf("open")).toMatch(/everybody may write to it.*chmod o-w .*open\.ts/);
    expect(reasonOf("link")).toContain("everybody may write to it");
    expect(reasonOf("planted")).toContain(`everybody may write to its folder ${shared}`);
    expect(await readFile(join(stage?.dataDir ?? "", "logs", "dispatch.log"), "utf8")).toContain("not today");
  });
});
