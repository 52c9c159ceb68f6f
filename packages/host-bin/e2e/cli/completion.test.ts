/** The tab key in a real shell: what is typed and what is proposed are words, and none of them is run. */
import { execFile } from "node:child_process";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runDispatch } from "../support/cli.ts";
import { bin, cleanEnv } from "../support/server.ts";
import { type Stage, setStage } from "../support/stage.ts";

const run = promisify(execFile);
let stage: Stage;
let programs: string;
let script: string;
/** Where a command that runs by mistake leaves its file. */
let traces: string;

beforeAll(async () => {
  stage = await setStage();
  traces = join(stage.cwd, "traces");
  programs = join(stage.cwd, "programs");
  await Promise.all([mkdir(traces), mkdir(programs)]);
  const program = `#!/bin/sh\nexec "${process.execPath}" "${bin}" "$@"\n`;
  await writeFile(join(programs, "dispatch"), program, { mode: 0o755 });
  const title = `x\n$(touch ${traces}/title)\n:1 \`touch ${traces}/title\``;
  await stage.api.json("POST", "/conversations", { id: "abc", title });
  const printed = await runDispatch(["completion", "bash"], { home: stage.cwd, dataDir: stage.dataDir });
  script = join(stage.cwd, "complete.bash");
  await writeFile(script, printed.out);
});
afterAll(() => stage.end());

/** A word as bash reads it, whatever is in it. */
const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

/** What bash proposes when it has split a line, up to its cursor, into these words; with nothing of bash-completion there. */
async function tab(line: string, words: readonly string[], { setting = "", behind = "" } = {}) {
  const ask = `${setting}
    source ${quoted(script)}; source ${quoted(script)}
    COMP_LINE=${quoted(line + behind)} COMP_POINT=${line.length} COMP_WORDS=(${words.map(quoted).join(" ")})
    COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
    "$(complete -p dispatch | sed 's/.*-F \\([^ ]*\\).*/\\1/')"
    printf '%s\\n' "\${COMPREPLY[@]+"\${COMPREPLY[@]}"}"`;
  const env = cleanEnv(stage.cwd, { DISPATCH_DATA_DIR: stage.dataDir });
  const { stdout, stderr } = await run("bash", ["--norc", "-c", ask], {
    env: { ...env, PATH: `${programs}:${env.PATH}` },
  });
  return { proposed: stdout.trim().split("\n"), stderr };
}

describe("bash", () => {
  it("proposes a conversation whose title is a command, says nothing, and needs no package", async () => {
    expect(await tab("dispatch show ", ["dispatch", "show", ""])).toEqual({ proposed: ["abc"], stderr: "" });
    expect(await tab("dispatch sta", ["dispatch", "sta"], { setting: "set -u; IFS=a" })).toEqual({
      proposed: ["status"],
      stderr: "",
    });
    expect(await readdir(traces)).toEqual([]);
  });

  it.each([
    '"it is $(touch TRACE)"',
    "$(touch TRACE)",
    "`touch TRACE`",
    "'it is `touch TRACE`'",
    "$(touch TRACE",
    ";touch TRACE;",
    "&touch TRACE&",
    "x'; touch TRACE; '",
    '"; touch TRACE; "',
    "a[$(touch TRACE)]",
    "--x=$(touch TRACE)",
    "<(touch TRACE)",
    ">TRACE",
    "it's",
    '"open',
    "\\",
    "*",
    "-n",
    "a\nb",
  ])("proposes after %s, and runs nothing of it", async (word) => {
    const hostile = word.replaceAll("TRACE", `${traces}/typed`);
    const [after, within] = await Promise.all([
      tab(`dispatch chat ${hostile} --ef`, ["dispatch", "chat", hostile, "--ef"]),
      tab(`dispatch chat ${hostile}`, ["dispatch", "chat", hostile]),
    ]);
    expect(after).toEqual({ proposed: ["--effort"], stderr: "" });
    expect(within.stderr).toBe("");
    expect(await readdir(traces)).toEqual([]);
  });

  it("takes as one word what bash splits at `=` and `:`, and answers with what bash replaces", async () => {
    const proposed = async (line: string, words: readonly string[]) => (await tab(line, words)).proposed;
    expect(await proposed("dispatch chat --effort=x", ["dispatch", "chat", "--effort", "=", "x"])).toEqual([
      "xhigh",
    ]);
    expect(await proposed("dispatch chat --effort=", ["dispatch", "chat", "--effort", "="])).toContain("low");
    expect(await proposed('dispatch chat --effort="x', ["dispatch", "chat", "--effort", "=", '"x'])).toEqual([
      "xhigh",
    ]);
    // A shell that does not split there replaces the whole word.
    expect(await proposed("dispatch chat --effort=x", ["dispatch", "chat", "--effort=x"])).toEqual([
      "--effort=xhigh",
    ]);
    expect(await proposed('dispatch show "a', ["dispatch", "show", '"a'])).toEqual(["abc"]);
    // A mark with a space before it belongs to no word.
    expect(await proposed("dispatch chat : --ef", ["dispatch", "chat", ":", "--ef"])).toEqual(["--effort"]);
  });

  it("leaves out what is behind the cursor", async () => {
    const { proposed } = await tab("dispatch sta", ["dispatch", "stay"], { behind: "y --json" });
    expect(proposed).toEqual(["status"]);
  });
});
