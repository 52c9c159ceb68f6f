/** For tests: waits for what happens outside. */

/** Resolves when `check` says yes; throws after 20 seconds. */
export async function until(check: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 20_000;
  while (!(await check())) {
    if (Date.now() > end) throw new Error("It never became true.");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
