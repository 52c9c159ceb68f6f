/** Files in the live view: chosen or pasted, kept with the draft, sent with the message, seen by everybody. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { reply, text } from "@dispatch/provider-openai/testing";
import type { Browser } from "playwright-core";
import { describe, expect, it } from "vitest";
import { noBrowser } from "../support/pages/browser.ts";
import { inBrowser } from "../support/pages/in-browser.ts";
import { logIn } from "../support/pages/live-view.ts";
import type { Stage } from "../support/stage.ts";

const png = Buffer.from("\x89PNG\r\n\x1a\n in a page", "latin1");
let stage: Stage;
let browser: Browser;

describe.skipIf(noBrowser())("attachments", () => {
  inBrowser((given) => {
    ({ stage, browser } = given);
  });

  it("stay with the draft over a reload, can be taken back, and go with the message", async () => {
    for (const name of ["shot.png", "wrong.png"])
      await writeFile(join(stage.cwd, name), Buffer.concat([png, Buffer.from(name)]));
    stage.provider.script(reply(text("Nice picture.")));
    const { page, faults } = await logIn(browser, stage);
    const files = page.getByRole("list", { name: "Attachments" }).locator("li");
    await page
      .locator("input[type=file]")
      .setInputFiles(["shot.png", "wrong.png"].map((name) => join(stage.cwd, name)));
    await page.getByLabel("Message").fill("What is this?");
    await expect.poll(() => files.filter({ hasNotText: "uploading" }).count()).toBe(2);
    await page.reload();
    await expect.poll(() => files.allInnerTexts()).toEqual(["shot.png", "wrong.png"]);
    await page.getByRole("button", { name: "Remove wrong.png" }).click();
    await expect.poll(() => files.count()).toBe(1);
    await page.evaluate(`{
      const data = new DataTransfer();
      data.items.add(new File(["buy milk"], "list.txt", { type: "text/plain" }));
      const field = document.querySelector("textarea");
      field.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
    }`);
    await expect.poll(() => files.filter({ hasNotText: "uploading" }).count()).toBe(2);
    expect(await page.getByLabel("Message").inputValue()).toBe("What is this?");
    await page.getByLabel("Message").press("Enter");
    await page.getByText("Nice picture.").waitFor();
    expect(await files.count()).toBe(0);
    const bubble = page.locator(".bubble");
    expect(await bubble.allInnerTexts()).toEqual([
      expect.stringMatching(/^What is this\?\s+1 picture, 1 file$/),
    ]);
    const request = JSON.stringify(stage.provider.requests.at(-1)?.body);
    expect(request).toContain(Buffer.concat([png, Buffer.from("shot.png")]).toString("base64"));
    expect(request).toContain("buy milk");
    expect(request.match(/"image_url":\{/g)).toHaveLength(1);

    const other = await logIn(browser, stage, { phone: true, hash: new URL(page.url()).hash });
    await other.page.getByText("1 picture, 1 file").waitFor();
    expect([...faults, ...other.faults]).toEqual([]);
  });
});
