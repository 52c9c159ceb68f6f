/** For the tests of pages in one file: a stage and a real browser, there before the first of them, gone after the last. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll } from "vitest";
import { type Stage, setStage } from "../stage.ts";
import { launchBrowser } from "./browser.ts";

type StageOptions = Parameters<typeof setStage>[0];

/** To be called inside of `describe.skipIf(noBrowser())`: without a browser nothing is started. */
export function inBrowser(
  take: (given: { readonly stage: Stage; readonly browser: Browser }) => void,
  options: () => StageOptions | Promise<StageOptions> = () => ({}),
): void {
  let stage: Stage | undefined;
  let browser: Browser | undefined;
  beforeAll(async () => {
    stage = await setStage(await options());
    browser = await launchBrowser();
    take({ stage, browser });
  });
  afterAll(async () => {
    await browser?.close();
    await stage?.end();
  });
}
