/** The server is killed while pages are open: they say so, come back by themselves, and lose nothing that was written. */
import { reply, text } from "@dispatch/provider-openai/testing";
import type { Browser } from "playwright-core";
import { describe, expect, it } from "vitest";
import { freePort } from "../support/free-port.ts";
import { noBrowser } from "../support/pages/browser.ts";
import { inBrowser } from "../support/pages/in-browser.ts";
import { logIn, say, type Viewer } from "../support/pages/live-view.ts";
import type { Stage } from "../support/stage.ts";

let stage: Stage;
let browser: Browser;

const isGone = ({ page }: Viewer) =>
  page
    .getByRole("status")
    .filter({ hasText: /server gone|connection lost|reconnecting/ })
    .first()
    .waitFor();
const isBack = ({ page }: Viewer) => page.locator(".connection.good").first().waitFor({ state: "attached" }); // on a phone the list is out of sight
const written = async (id: string) =>
  (await stage.api.messages(id))
    .filter(({ role }) => role === "user")
    .map(({ chunks }) => chunks.map((chunk) => ("text" in chunk ? chunk.text : "")).join(""));

describe.skipIf(noBrowser())("a server that is killed", () => {
  inBrowser(
    (given) => {
      ({ stage, browser } = given);
    },
    async () => ({ args: ["--approvals", "full", "--port", String(await freePort())] }),
  );

  it("is said to be gone; pages return by themselves with what was typed and sent, once each", async () => {
    stage.provider.script(reply(text("First answer.")));
    const [one, two] = [await logIn(browser, stage), await logIn(browser, stage, { phone: true })];
    await say(one, "Begin");
    await one.page.locator(".end-text").waitFor();
    const hash = new URL(one.page.url()).hash;
    const id = hash.slice("#/c/".length);
    await two.page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
    await two.page.getByText("First answer.").waitFor();

    await stage.server.kill();
    await Promise.all([isGone(one), isGone(two)]);
    await two.page.getByLabel("Message").fill("only typed");
    await say(one, "sent into the void");
    await one.page.getByText("sending…").waitFor();
    expect(await one.page.getByLabel("Message").inputValue()).toBe("");
    stage.provider.script(reply(text("Second answer.")));
    await stage.restart();
    await Promise.all([isBack(one), isBack(two)]);
    await Promise.all([one, two].map(({ page }) => page.getByText("Second answer.").waitFor()));
    expect(await two.page.getByLabel("Message").inputValue()).toBe("only typed");
    expect(await written(id)).toEqual(["Begin", "sent into the void"]);
    expect(await one.page.locator(".bubble").allInnerTexts()).toEqual(["Begin", "sent into the void"]);
    await two.page.reload();
    await two.page.getByText("Second answer.").waitFor();
    expect(await two.page.getByLabel("Message").inputValue()).toBe("only typed");
    expect([...one.faults, ...two.faults]).toEqual([]);
    await Promise.all([one.context.close(), two.context.close()]);
  });

  it("logs nobody out when it is stopped and started again", async () => {
    const viewer = await logIn(browser, stage);
    const token = await viewer.page.evaluate(`localStorage.getItem("dispatch.login")`);
    await stage.server.stop();
    await isGone(viewer);
    await stage.restart();
    await isBack(viewer);
    expect(await viewer.page.evaluate(`localStorage.getItem("dispatch.login")`)).toBe(token);
    expect(viewer.faults).toEqual([]);
    await viewer.context.close();
  });

  it("gets what a page sent that was closed before it was back", async () => {
    stage.provider.script(reply(text("One.")));
    const viewer = await logIn(browser, stage);
    await say(viewer, "Hello");
    await viewer.page.locator(".end-text").waitFor();
    const address = viewer.page.url();
    const id = new URL(address).hash.slice("#/c/".length);
    await stage.server.kill();
    await isGone(viewer);
    await say(viewer, "not lost");
    await viewer.page.close();
    stage.provider.script(reply(text("Two.")));
    await stage.restart();
    const [a, b] = [await viewer.context.newPage(), await viewer.context.newPage()];
    await Promise.all([a.goto(address), b.goto(address)]); // two pages of one browser send it, and it is taken once
    await Promise.all([a, b].map((page) => page.getByText("Two.").waitFor()));
    expect(await written(id)).toEqual(["Hello", "not lost"]);
    expect(await a.evaluate(`Object.keys(localStorage).filter((key) => key.includes("outbox"))`)).toEqual([]);
    await viewer.context.close();
  });

  it("goes on with a turn that it was cut in, before the same eyes", async () => {
    const words = Array.from({ length: 200 }, (_, n) => `w${n}`).join(" ");
    stage.provider.script(reply(text(words, { chunks: 200, everyMs: 30 })));
    stage.provider.script(reply(text("Another try, whole.")));
    const viewer = await logIn(browser, stage);
    await say(viewer, "A long one");
    await viewer.page.getByText(/\bw9\b/).waitFor();
    await stage.server.kill();
    await isGone(viewer);
    await stage.restart();
    await viewer.page.getByText("Another try, whole.").waitFor();
    await viewer.page.locator(".end-text", { hasText: "Done" }).waitFor();
    expect(await viewer.page.locator(".timeline .markdown").allInnerTexts()).toEqual(["Another try, whole."]);
    expect(viewer.faults).toEqual([]);
    await viewer.context.close();
  });
});
