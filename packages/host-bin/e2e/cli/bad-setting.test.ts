/** A bad setting switches off its extension only, and the start says so where a person looks. */
import { reply, text } from "@dispatch/provider-openai/testing";
import { expect, it } from "vitest";
import { setStage } from "../support/stage.ts";

it("is named on stderr with its path; everything else works", async () => {
  const config = { extensions: { "provider-offline": { settings: { deltaDelayMs: "x" } } } };
  const stage = await setStage({ config });
  try {
    expect(stage.server.errors()).toMatch(/"provider-offline" is off: .*deltaDelayMs/);
    stage.provider.script(reply(text("fine")));
    const lines = await stage.api.chat({ message: "x", cwd: stage.cwd });
    expect(lines.at(-1)?.event.type).toBe("turn-sealed");
  } finally {
    await stage.end();
  }
});
