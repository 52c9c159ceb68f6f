/** Children in the live view: under their parents in the list, reached from the call that began them, and back. */
import { calls, reply, text } from "@dispatch/provider-openai/testing";
import type { ConversationRow } from "@dispatch/wire";
import type { Browser } from "playwright-core";
import { describe, expect, it } from "vitest";
import { noBrowser } from "../support/pages/browser.ts";
import { inBrowser } from "../support/pages/in-browser.ts";
import { logIn, type Viewer } from "../support/pages/live-view.ts";
import type { Stage } from "../support/stage.ts";

let stage: Stage;
let browser: Browser;

type Script = Parameters<Stage["provider"]["script"]>;
type Request = Parameters<NonNullable<NonNullable<Script[1]>["when"]>>[0];
const script = (prompt: string, ...replies: Script[0][]) => {
  const when = ({ body }: Request): boolean =>
    body.messages.find(({ role }) => role === "user")?.content === prompt;
  for (const each of replies) stage.provider.script(each, { when });
};
/** The list, children indented by a dash. */
const listed = ({ page }: Viewer) =>
  page
    .locator(".row")
    .evaluateAll((rows) =>
      rows.map(
        (row) =>
          (row.classList.contains("child") ? "- " : "") +
          (row.querySelector(".row-title")?.textContent ?? ""),
      ),
    );

describe.skipIf(noBrowser())("children in the live view", () => {
  inBrowser(
    (given) => {
      ({ stage, browser } = given);
    },
    () => ({ args: [] }),
  );

  it("stand under their parent; its call leads to the child that asks, the child leads back", async () => {
    const prompts = ["look into the tests", "look into the docs"];
    script(
      "Share the work",
      reply(calls(...prompts.map((prompt) => ({ name: "spawn", args: { prompt } })))),
      reply(text("All is shared.")),
    );
    script(
      prompts[0] ?? "",
      reply(calls({ name: "run_command", args: { argv: ["echo", "hi"] } })),
      reply(text("Tests are fine.")),
    );
    script(prompts[1] ?? "", reply(text("Docs are fine.")));
    const viewer = await logIn(browser, stage);
    const { page } = viewer;
    const begun = { message: "Share the work", conversationId: "family", cwd: stage.cwd };
    await stage.api.request("POST", "/chat", begun, { prefer: "respond-async" });
    await page.locator(".row.child").getByText("asks you").waitFor();
    await expect.poll(() => listed(viewer)).toEqual(["Share the work", "- child: look into the tests"]);
    expect(await page.getByLabel("one child, folded").count()).toBe(1);

    await page.locator(".row", { hasText: "Share the work" }).click();
    await expect
      .poll(() => listed(viewer))
      .toEqual(["Share the work", "- child: look into the tests", "- child: look into the docs"]);
    const links = page.locator(".tool-child");
    await expect.poll(() => links.allTextContents()).toHaveLength(2);
    const { items } = await stage.api.json<{ items: ConversationRow[] }>(
      "GET",
      "/conversations/family/children",
    );
    const idOf = (title: string) => items.find((row) => row.title === title)?.id;
    for (const prompt of prompts)
      expect(await links.filter({ hasText: prompt }).getAttribute("href")).toBe(`#/c/${idOf(prompt)}`);

    await links.filter({ hasText: "asks you" }).click();
    await page.getByRole("button", { name: "Allow" }).click();
    await page.getByText("Tests are fine.").waitFor();
    await page.getByRole("link", { name: "To its parent" }).click();
    await page.getByText("All is shared.").waitFor();
    expect(new URL(page.url()).hash).toBe("#/c/family");
    // Also to one who comes later, and on a phone.
    const phone = await logIn(browser, stage, { phone: true, hash: "#/c/family" });
    await phone.page.locator(".tool-child", { hasText: prompts[1] ?? "" }).tap();
    await phone.page.getByText("Docs are fine.").waitFor();
    expect(await phone.page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBe(0);
    await phone.page.getByRole("link", { name: "To its parent" }).tap();
    await phone.page.getByText("All is shared.").waitFor();
    expect([...viewer.faults, ...phone.faults]).toEqual([]);
    await Promise.all([viewer.context.close(), phone.context.close()]);
  });
});
