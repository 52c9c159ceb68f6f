/** A real headless Chromium for tests of pages: the one of the system, or the one at CHROMIUM_PATH. */
import { accessSync, constants } from "node:fs";
import { type Browser, chromium } from "playwright-core";

/** None there: tests of pages are skipped and say so, but in CI they fail. */
export const chromiumPath: string | undefined = [
  process.env.CHROMIUM_PATH,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
].find((path) => path !== undefined && path !== "" && isRunnable(path));

const missing =
  "No Chromium is here: install one (Debian: `apt-get install chromium`) or set CHROMIUM_PATH. Tests of pages cannot run without it.";

/** For `describe.skipIf(noBrowser())`: true, with a word about it, when there is no browser. Throws in CI. */
export function noBrowser(): boolean {
  if (chromiumPath !== undefined) return false;
  if (process.env.CI) throw new Error(missing);
  console.warn(missing);
  return true;
}

/** Close it at the end: `await browser.close()` ends its processes. */
export function launchBrowser(): Promise<Browser> {
  if (chromiumPath === undefined) throw new Error(missing);
  return chromium.launch({
    executablePath: chromiumPath,
    headless: true,
    args: [
      "--no-sandbox", // in containers there is often none to be had; pages of tests are ours
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

function isRunnable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
