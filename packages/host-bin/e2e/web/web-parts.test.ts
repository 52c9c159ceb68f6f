/** Parts of the live view: surfaces, older messages, keys, the link of `dispatch web`. */
import { reply, text } from "@dispatch/provider-openai/testing";
import type { Browser } from "playwright-core";
import { describe, expect, it } from "vitest";
import { runDispatch } from "../support/cli.ts";
import { noBrowser } from "../support/pages/browser.ts";
import { inBrowser } from "../support/pages/in-browser.ts";
import { logIn, openViewer, type Viewer } from "../support/pages/live-view.ts";
import type { Stage } from "../support/stage.ts";

let stage: Stage;
let browser: Browser;

const bubbles = ({ page }: Viewer) => page.locator(".bubble").allInnerTexts();

describe.skipIf(noBrowser())("the live view", () => {
  inBrowser((given) => {
    ({ stage, browser } = given);
  });

  it("sends by Enter, begins a line by Shift+Enter, stops by Escape", async () => {
    stage.provider.script(reply(text("on and on ".repeat(2_000), { chunks: 2_000, everyMs: 50 })));
    const viewer = await logIn(browser, stage);
    const field = viewer.page.getByLabel("Message");
    await field.pressSequentially("one");
    await field.press("Shift+Enter");
    await field.pressSequentially("two");
    expect(await field.inputValue()).toBe("one\ntwo");
    await field.press("Enter");
    await viewer.page.getByText("on and on").first().waitFor();
    expect(await field.inputValue()).toBe("");
    await field.press("Escape");
    await viewer.page.locator(".end-text", { hasText: "Stopped" }).waitFor();
    expect(await bubbles(viewer)).toEqual(["one\ntwo"]);
    await viewer.context.close();
  });

  it("shows the surfaces there are, and follows them over a reload", async () => {
    const viewer = await logIn(browser, stage);
    await viewer.page.getByRole("button", { name: "Surfaces" }).click();
    const panel = viewer.page.getByRole("complementary", { name: "Surfaces" });
    await panel.getByRole("cell", { name: "transport-ws" }).waitFor();
    await viewer.page.keyboard.press("Escape");
    await panel.waitFor({ state: "detached" });
    expect(viewer.faults).toEqual([]);
    await viewer.context.close();
  });

  it("says on a phone that another turn ended, and is in nobody's way with it", async () => {
    const viewer = await logIn(browser, stage, { phone: true });
    const { page } = viewer;
    await page.getByLabel("Message").fill("mine");
    stage.provider.script(reply(text("Elsewhere.")));
    await stage.api.chat({ message: "not mine", conversationId: "elsewhere", cwd: stage.cwd });
    await page.locator(".toast", { hasText: "not mine" }).waitFor();
    stage.provider.script(reply(text("Here.")));
    const send = page.getByRole("button", { name: "Send" });
    const isFree = await send.evaluate((button) => {
      const { x, y, width, height } = button.getBoundingClientRect();
      return button.contains(button.ownerDocument.elementFromPoint(x + width / 2, y + height / 2));
    });
    expect(isFree).toBe(true);
    await send.click();
    await page.getByText("Here.").waitFor();
    // It goes by itself after a while; there is none of one's own turn.
    for (const told of await page.locator(".toast", { hasText: "mine" }).allInnerTexts())
      expect(told).toContain("not mine");
    await viewer.context.close();
  });

  it("loads older messages as one scrolls up, and stays where one reads", async () => {
    for (let n = 0; n < 130; n++) {
      stage.provider.script(reply(text(`answer ${n}`)));
      await stage.api.chat({ message: `question ${n}`, conversationId: "long", cwd: stage.cwd });
    }
    const viewer = await logIn(browser, stage, { hash: "#/c/long" });
    await viewer.page.getByText("answer 129", { exact: true }).waitFor();
    expect(await viewer.page.locator(".bubble").getByText("question 0", { exact: true }).count()).toBe(0);
    const first = viewer.page.locator(".bubble").getByText("question 0", { exact: true });
    const scrollUp = () => viewer.page.evaluate(`document.querySelector(".scroll").scrollTop = 0`);
    await expect.poll(() => scrollUp().then(() => first.count())).toBe(1);
    const all = await bubbles(viewer);
    expect(all).toEqual(Array.from({ length: 130 }, (_, n) => `question ${n}`));
    expect(await viewer.page.locator(".timeline .markdown").count()).toBe(130);
    expect(viewer.faults).toEqual([]);
    await viewer.context.close();
  }, 120_000);

  it("is entered by the link that `dispatch web` prints", async () => {
    const here = { home: stage.cwd, dataDir: stage.dataDir };
    const { out } = await runDispatch(["web"], here);
    const viewer = await openViewer(browser);
    await viewer.page.goto(out.trim());
    await viewer.page.getByLabel("Message").waitFor();
    const list = await runDispatch(["web", "--list"], here);
    expect(list.out).toContain("Chrome on Linux");
    await viewer.context.close();
  });
});
