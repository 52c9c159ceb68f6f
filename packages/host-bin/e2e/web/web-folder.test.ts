/** The working folder of a new conversation, chosen in the page: seen before it is used, and a wrong one costs nothing typed. */
import { mkdir, realpath } from "node:fs/promises";
import { join } from "node:path";
import { reply, text } from "@dispatch/provider-openai/testing";
import type { ConversationRow } from "@dispatch/wire";
import type { Browser } from "playwright-core";
import { describe, expect, it } from "vitest";
import { noBrowser } from "../support/pages/browser.ts";
import { inBrowser } from "../support/pages/in-browser.ts";
import { logIn } from "../support/pages/live-view.ts";
import type { Stage } from "../support/stage.ts";

let stage: Stage;
let browser: Browser;

const rowOf = async (title: string) =>
  (await stage.api.json<{ items: ConversationRow[] }>("GET", `/conversations?search=${title}`)).items[0];

describe.skipIf(noBrowser())("the working folder of a new conversation", () => {
  inBrowser((given) => {
    ({ stage, browser } = given);
  });

  it("is shown, chosen among those of recent conversations, and kept for the next one", async () => {
    stage.provider.script(reply(text("Begun.")));
    await stage.api.chat({ message: "earlier", conversationId: "earlier", cwd: stage.cwd });
    const { page, faults, context } = await logIn(browser, stage);
    const choice = page.getByLabel("Working folder");
    const { settings } = await stage.api.json<{ settings: { cwd: { value: string } } }>("GET", "/defaults");
    await choice
      .locator("option", { hasText: settings.cwd.value.slice(-20) })
      .first()
      .waitFor({ state: "attached" });
    expect(await choice.inputValue()).toBe("");
    stage.provider.script(reply(text("In the default.")));
    await page.getByLabel("Message").fill("plain");
    await page.getByLabel("Message").press("Enter");
    await page.getByText("In the default.").waitFor();
    expect(await rowOf("plain")).not.toHaveProperty("cwd");

    await page.getByRole("link", { name: "New" }).click();
    await choice.selectOption(stage.cwd);
    stage.provider.script(reply(text("In the folder.")));
    await page.getByLabel("Message").fill("chosen");
    await page.getByLabel("Message").press("Enter");
    await page.getByText("In the folder.").waitFor();
    expect(await rowOf("chosen")).toMatchObject({ cwd: stage.cwd });
    expect(await page.locator(".where").getAttribute("title")).toBe(`Works in ${stage.cwd}`);
    await page.reload();
    await page.getByRole("link", { name: "New" }).click();
    expect(await choice.inputValue()).toBe(stage.cwd);
    expect(faults).toEqual([]);
    await context.close();
  });

  it("that does not exist is said beside it; text, file and path are there to be sent again", async () => {
    const { page, faults, context } = await logIn(browser, stage, { phone: true });
    await page.getByLabel("Working folder").selectOption({ label: "Another folder…" });
    const path = join(await realpath(stage.cwd), "not", "there");
    await page.getByLabel("Working folder").fill(path);
    await page.getByLabel("Files to attach").setInputFiles({
      name: "notes.txt",
      mimeType: "text/plain",
      buffer: Buffer.from("some notes"),
    });
    await page.getByText("uploading…").waitFor({ state: "detached" });
    await page.getByLabel("Message").fill("do it\nthere");
    await page.getByRole("button", { name: "Send" }).tap();
    const said = page.getByRole("alert").filter({ hasText: path });
    await said.waitFor();
    expect(await said.textContent()).toBe(`There is no folder ${path}. Give an existing absolute folder.`);
    expect(new URL(page.url()).hash).toBe("#/");
    expect(await page.getByLabel("Message").inputValue()).toBe("do it\nthere");
    expect(await page.getByLabel("Working folder").inputValue()).toBe(path);
    await page.getByLabel("Attachments").getByText("notes.txt").waitFor();
    expect(await page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBe(0);
    expect(await page.locator(".row", { hasText: "do it" }).count()).toBe(0);

    await mkdir(path, { recursive: true });
    stage.provider.script(reply(text("Now it is.")));
    await page.getByRole("button", { name: "Send" }).tap();
    await page.getByText("Now it is.").waitFor();
    expect(await rowOf("do")).toMatchObject({ cwd: path });
    const sent = (await stage.api.messages(new URL(page.url()).hash.slice("#/c/".length)))[0];
    expect(sent?.chunks).toMatchObject([
      { type: "text", text: "do it\nthere" },
      { type: "image", mimeType: "text/plain" },
    ]);
    expect(faults).toEqual([]);
    await context.close();
  });
});
