/** A command that a model runs does not find the server's keys in /proc, nor the token by a plain path. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { calls, reply, text } from "@dispatch/provider-openai/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Stage, setStage } from "../support/stage.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await setStage({
    args: ["--approvals", "full"],
    env: { OTHER_KEY: "key-of-another-service", PASSED: "still passed on" },
    config: { extensions: { "tools-shell": { settings: { extraEnv: ["PASSED"] } } } },
  });
});
afterAll(() => stage.end());

async function outputs(...made: { name: string; args: Record<string, unknown> }[]): Promise<string[]> {
  stage.provider.script(reply(calls(...made)));
  stage.provider.script(reply(text("Done.")));
  await stage.api.chat({ message: "x", conversationId: "c", cwd: stage.cwd });
  const chunks = (await stage.api.messages("c")).flatMap((message) => message.chunks);
  const results = chunks.filter((chunk) => chunk.type === "tool-result").slice(-made.length);
  return results.map(({ output }) => String(output));
}
const run = (...argv: string[]) => ({ name: "run_command", args: { argv } });

it.skipIf(process.platform !== "linux")(
  "the environment of the server is not in /proc; the key works, and what tools get is passed on",
  async () => {
    const environ = readFileSync(`/proc/${stage.server.child.pid}/environ`, "latin1");
    for (const shown of ["sk-e2e", "OPENAI_API_KEY", "key-of-another-service"])
      expect(environ).not.toContain(shown);
    // Turned around, so that nothing is found by redaction instead.
    const script =
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the shell's, not ours
      'for p in $PPID /proc/$PPID; do cat "/proc/${p##*/}/environ" | rev; done; echo; echo "PASSED is $PASSED"';
    const [found] = await outputs(run("sh", "-c", script));
    for (const secret of ["sk-e2e", "key-of-another-service"])
      expect(found).not.toContain([...secret].reverse().join(""));
    expect(found).toContain("PASSED is still passed on");
  },
);

describe("the token", () => {
  it("is not read by path, in any mode", async () => {
    const token = join(stage.dataDir, "token");
    const found = await outputs(
      run("cat", token),
      run("cat", "../data/token"),
      run("head", `--bytes=99`, token),
      run("dd", `if=${token}`),
      { name: "read_file", args: { path: token } },
      { name: "read_file", args: { path: "../data/token" } },
      { name: "search_files", args: { pattern: ".", path: stage.dataDir } },
    );
    for (const output of found) expect(output).toMatch(/outside/);
  });
});
