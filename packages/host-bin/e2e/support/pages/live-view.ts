/** The live view as a person has it: a page in a real browser, logged in by a one-time link, watched for what it must not do. */
import type { Browser, BrowserContext, Page } from "playwright-core";
import type { Stage } from "../stage.ts";

export interface Viewer {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Every address that the browser asked for, with what it said of where it came from. */
  readonly asked: readonly { readonly url: string; readonly referrer: string | undefined }[];
  /** Errors of the page, broken policies and dialogs: none of them may ever be. */
  readonly faults: readonly string[];
}

export const desktop = { width: 1280, height: 800 };
export const phone = { width: 390, height: 844 };

/** A login link, as `dispatch web` makes it. */
export async function loginLink(stage: Stage): Promise<string> {
  const { url } = await stage.api.json<{ url: string }>("POST", "/web/links", {});
  return url;
}

/** A browser of its own: nothing is shared with another viewer. */
export async function openViewer(
  browser: Browser,
  options: { readonly phone?: boolean; readonly dark?: boolean } = {},
): Promise<Viewer> {
  const context = await browser.newContext({
    viewport: options.phone ? phone : desktop,
    colorScheme: options.dark ? "dark" : "light",
    ...(options.phone ? { hasTouch: true, isMobile: true, deviceScaleFactor: 2 } : {}),
  });
  const page = await context.newPage();
  const asked: { url: string; referrer: string | undefined }[] = [];
  const faults: string[] = [];
  page.on("request", (request) => asked.push({ url: request.url(), referrer: request.headers().referer }));
  page.on("pageerror", (error) => faults.push(`error: ${error.message}`));
  page.on("dialog", (dialog) => {
    faults.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("console", (message) => {
    if (/Content Security Policy|Trusted/i.test(message.text())) faults.push(message.text());
  });
  await page.addInitScript(
    `addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
      console.warn("Content Security Policy: " + violatedDirective + " " + blockedURI));`,
  );
  return { page, context, asked, faults };
}

/** Opens a viewer and logs it in; `hash`: where it goes then. */
export async function logIn(
  browser: Browser,
  stage: Stage,
  options: { readonly phone?: boolean; readonly dark?: boolean; readonly hash?: string } = {},
): Promise<Viewer> {
  const viewer = await openViewer(browser, options);
  await viewer.page.goto(await loginLink(stage));
  await viewer.page.getByLabel("Message").waitFor();
  if (options.hash !== undefined)
    await viewer.page.evaluate(`location.hash = ${JSON.stringify(options.hash)}`);
  return viewer;
}

/** Writes a message and sends it. */
export async function say({ page }: Viewer, message: string): Promise<void> {
  const field = page.getByRole("textbox", { name: "Message" });
  await field.fill(message);
  await field.press("Enter");
}
