/** The tab key in a real shell: what is proposed are other people's words, and none of them is run. */
import { execFileSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { runDispatch } from "../support/cli.ts";
import { bin } from "../support/server.ts";
import { setStage } from "../support/stage.ts";

it("a title does nothing in bash but name a conversation", async () => {
  const stage = await setStage();
  try {
    const trace = join(stage.cwd, "trace");
    await stage.api.json("POST", "/conversations", { id: "abc", title: `x\n$(touch ${trace})\n:1` });
    const here = { home: stage.cwd, dataDir: stage.dataDir };
    const { out: script } = await runDispatch(["completion", "bash"], here);
    const file = join(stage.cwd, "complete.sh");
    writeFileSync(
      file,
      `_get_comp_words_by_ref() { cur=""; prev="show"; words=(dispatch show ""); cword=2; }
compopt() { :; }
dispatch() { "${process.execPath}" "${bin}" "$@"; }
${script}
__dispatch_complete
printf '%s\\n' "\${COMPREPLY[@]}"
`,
    );
    const env = { PATH: process.env.PATH, HOME: stage.cwd, DISPATCH_DATA_DIR: stage.dataDir };
    expect(execFileSync("bash", [file], { encoding: "utf8", env })).toBe("abc\n");
    expect(existsSync(trace)).toBe(false);
  } finally {
    await stage.end();
  }
});
