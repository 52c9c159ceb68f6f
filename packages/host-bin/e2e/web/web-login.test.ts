/** Logging a browser in and out: by a link that is good once, for a token that stays between this browser and this server. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser } from "playwright-core";
import { describe, expect, it } from "vitest";
import { noBrowser } from "../support/pages/browser.ts";
import { inBrowser } from "../support/pages/in-browser.ts";
import { logIn, loginLink, openViewer } from "../support/pages/live-view.ts";
import { type Stage, setStage } from "../support/stage.ts";

let stage: Stage;
let browser: Browser;

interface Row {
  readonly id: string;
  readonly name: string;
}
const browsers = async () => (await stage.api.json<{ items: Row[] }>("GET", "/web/sessions")).items;

describe.skipIf(noBrowser())("logging in", () => {
  inBrowser((given) => {
    ({ stage, browser } = given);
  });

  it("works once for a link; the code leaves the address, and the token is in no address or referrer", async () => {
    const link = await loginLink(stage);
    const code = link.split("#login=")[1] ?? "";
    const first = await openViewer(browser);
    await first.page.goto(link);
    await first.page.getByLabel("Message").waitFor();
    expect(first.page.url()).not.toContain("login");
    const kept = await first.page.evaluate(`localStorage.getItem("dispatch.login")`);
    const { token } = JSON.parse(String(kept)) as { token: string };
    expect(token).toMatch(/^dsp_/);
    await first.page.reload();
    await first.page.getByLabel("Message").waitFor();
    await first.page.goBack().catch(() => undefined);
    expect(first.page.url()).not.toContain(code);
    const second = await openViewer(browser);
    await second.page.goto(link);
    await second.page.getByRole("alert").filter({ hasText: "dispatch web" }).waitFor();
    expect(await second.page.getByLabel("Message").count()).toBe(0);
    expect(second.page.url()).not.toContain(code);
    for (const { url, referrer } of [...first.asked, ...second.asked]) {
      expect(url).not.toContain(code);
      expect(url).not.toContain(token);
      expect(referrer ?? "").toBe("");
    }
    expect(await first.context.cookies()).toEqual([]);
    expect([...first.faults, ...second.faults]).toEqual([]);

    await second.page.getByLabel("Login link").fill(await loginLink(stage));
    await second.page.getByRole("button", { name: "Log in" }).click();
    await second.page.getByLabel("Message").waitFor();
    await Promise.all([first.context.close(), second.context.close()]);
  });

  it("works from a page of another site that the link stands in", async () => {
    const link = await loginLink(stage);
    const other = createServer((_request, response) => {
      response.setHeader("content-type", "text/html").end(`<a href="${link}">enter</a>`);
    }).listen(0, "127.0.0.1");
    await once(other, "listening");
    const viewer = await openViewer(browser);
    await viewer.page.goto(`http://localhost:${(other.address() as AddressInfo).port}/`);
    await viewer.page.getByRole("link", { name: "enter" }).click();
    await viewer.page.getByLabel("Message").waitFor();
    await viewer.context.close();
    other.close();
    other.closeAllConnections();
  });

  it("says so when the link is wrong", async () => {
    const viewer = await openViewer(browser);
    await viewer.page.goto(`${stage.server.url}/#login=${"x".repeat(43)}`);
    await viewer.page.getByRole("alert").filter({ hasText: "dispatch web" }).waitFor();
    await viewer.page.getByLabel("Login link").fill("no link");
    await viewer.page.getByRole("button", { name: "Log in" }).click();
    await viewer.page.getByText("This is no login link").waitFor();
    await viewer.context.close();
  });

  it("ends when the browser is revoked or logs out, and what was typed is still there afterwards", async () => {
    const before = new Set((await browsers()).map(({ id }) => id));
    const viewer = await logIn(browser, stage);
    const { page } = viewer;
    await page.getByLabel("Message").fill("half a thou");
    const mine = (await browsers()).find(({ id }) => !before.has(id));
    expect(mine?.name).toBe("Chrome on Linux");
    expect((await stage.api.request("DELETE", `/web/sessions/${mine?.id}`)).status).toBe(204);
    await page.getByText("This browser is logged out.").waitFor();
    await page.goto(await loginLink(stage));
    await page.getByLabel("Message").waitFor();
    expect(await page.getByLabel("Message").inputValue()).toBe("half a thou");
    await page.getByRole("button", { name: "Log out" }).click();
    await page.getByText("You are logged out.").waitFor();
    expect(await page.evaluate(`localStorage.getItem("dispatch.login")`)).toBeNull();
    expect((await browsers()).filter(({ id }) => !before.has(id))).toEqual([]);
    expect(viewer.faults).toEqual([]);
    await viewer.context.close();
  });

  it("survives a restart of the server, but no link does that is too old", async () => {
    const viewer = await logIn(browser, stage);
    const { id } = (await browsers())[0] ?? { id: "" };
    await viewer.context.close();
    await stage.server.stop();
    await stage.restart();
    expect((await browsers()).map((each) => each.id)).toContain(id);
    const short = await setStage({ config: { extensions: { web: { settings: { linkMs: 1 } } } } });
    try {
      const late = await openViewer(browser);
      const link = await loginLink(short);
      await late.page.goto(link);
      await late.page.getByRole("alert").filter({ hasText: "too old" }).waitFor();
      await late.context.close();
    } finally {
      await short.end();
    }
  });
});
