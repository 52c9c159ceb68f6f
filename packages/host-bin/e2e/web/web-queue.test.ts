/** The queue of a running turn, as pages show it. */
import { calls, heldUntil, reply, text } from "@dispatch/provider-openai/testing";
import type { Browser } from "playwright-core";
import { describe, expect, it } from "vitest";
import { createGate } from "../support/gate.ts";
import { noBrowser } from "../support/pages/browser.ts";
import { inBrowser } from "../support/pages/in-browser.ts";
import { logIn, say, type Viewer } from "../support/pages/live-view.ts";
import type { Stage } from "../support/stage.ts";

let stage: Stage;
let browser: Browser;

const bubbles = ({ page }: Viewer) => page.locator(".bubble").allInnerTexts();

describe.skipIf(noBrowser())("the queue", () => {
  inBrowser((given) => {
    ({ stage, browser } = given);
  });

  it("queues what is written while a turn runs; each can be taken back", async () => {
    const goOn = createGate();
    const command = calls({ name: "run_command", args: { argv: ["true"] } });
    stage.provider.script(reply(text("Working on it."), heldUntil(goOn.opened), command));
    stage.provider.script(reply(text("Heard you.")));
    stage.provider.script(reply(text("And the last thing.")));
    const [one, two] = [await logIn(browser, stage), await logIn(browser, stage)];
    await say(one, "Begin");
    await one.page.getByText("Working on it.").waitFor();
    await say(one, "by the way");
    await one.page.locator(".queue-text", { hasText: "by the way" }).waitFor();
    await one.page.getByLabel("When to deliver").selectOption("followup");
    await say(one, "for later");
    await one.page.locator(".queue-text", { hasText: "for later" }).waitFor();
    await say(one, "never mind");
    const mistake = one.page.locator(".queue li", { hasText: "never mind" });
    await mistake.getByRole("button", { name: "Take it back" }).click();
    await mistake.waitFor({ state: "detached" });
    await two.page.evaluate(`location.hash = ${JSON.stringify(new URL(one.page.url()).hash)}`);
    await two.page.locator(".queue-text", { hasText: "for later" }).waitFor();
    goOn.open();
    await Promise.all([one, two].map(({ page }) => page.getByText("And the last thing.").waitFor()));
    await one.page.locator(".end-text").last().waitFor();
    expect(await bubbles(one)).toEqual(["Begin", "by the way", "for later"]);
    expect(await bubbles(two)).toEqual(["Begin", "by the way", "for later"]);
    expect(await one.page.locator(".queue li").count()).toBe(0);
    expect([...one.faults, ...two.faults]).toEqual([]);
    await Promise.all([one.context.close(), two.context.close()]);
  });
});
