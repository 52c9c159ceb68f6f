/** The page at /docs in a real browser: the viewer draws the API from the server's own document, and nothing goes elsewhere. */
import type { Browser } from "playwright-core";
import { describe, expect, it } from "vitest";
import { noBrowser } from "../support/pages/browser.ts";
import { inBrowser } from "../support/pages/in-browser.ts";
import type { Stage } from "../support/stage.ts";

describe.skipIf(noBrowser())("/docs in a browser", () => {
  let stage: Stage;
  let browser: Browser;
  inBrowser((given) => {
    ({ stage, browser } = given);
  });

  async function openPage() {
    const page = await browser.newPage();
    const asked: string[] = [];
    const complaints: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("response", (response) => {
      if (!response.ok()) complaints.push(`${response.status()} ${response.url()}`);
    });
    page.on("console", (message) => {
      if (message.type() === "error") complaints.push(message.text());
    });
    await page.goto(`${stage.api.url}/docs`);
    return { page, asked, complaints };
  }

  it("asks for the token, shows every operation, and loads nothing from elsewhere", async () => {
    const { page, asked, complaints } = await openPage();
    await page.getByLabel(/^Token/).fill(stage.server.token);
    await page.getByRole("button", { name: "Show the API" }).click();
    await page.locator("rapi-doc").getByText("/conversations/{id}/messages").first().waitFor();
    const { paths } = (await stage.api.json("GET", "/openapi.json")) as { paths: Record<string, unknown> };
    const shown = await page.locator("rapi-doc").evaluate((viewer) => viewer.shadowRoot?.textContent ?? "");
    for (const path of Object.keys(paths)) expect(shown).toContain(path);
    expect(shown).not.toContain(stage.server.token);
    expect(complaints).toEqual([]);
    for (const url of asked.filter((url) => !/^(data|blob):/.test(url)))
      expect(new URL(url).origin).toBe(stage.api.url);
    expect(await page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]")).toEqual([
      0,
      0,
      "",
    ]);
    expect(page.url().replace(/#.*/, "")).toBe(`${stage.api.url}/docs`); // the viewer names its place behind the #
    await page.close();
  });

  it("says what is wrong with a wrong token, and takes the right one then", async () => {
    const { page } = await openPage();
    await page.getByLabel(/^Token/).fill("x".repeat(43));
    await page.getByRole("button", { name: "Show the API" }).click();
    await expect.poll(() => page.getByRole("alert").textContent()).not.toBe("");
    await page.getByLabel(/^Token/).fill(stage.server.token);
    await page.getByRole("button", { name: "Show the API" }).click();
    await page.locator("rapi-doc").getByText("/conversations/{id}/messages").first().waitFor();
    expect(await page.getByRole("alert").count()).toBe(0);
    await page.close();
  });
});
