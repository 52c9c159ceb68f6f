/** Waiting for what a loaded machine may take its time for: given up only when nothing moves any more. */

/** So many looks without any change mean that none will come: two minutes at least, more where the machine is slow. */
const stillLooks = 2_400;
const lookMs = 50;

export const pause = (ms: number): Promise<void> => new Promise((go) => setTimeout(go, ms));

/**
 * True once `done` holds; false when `progress` gave the same for very many looks. Time is counted in looks and not by the clock:
 * a machine that leaves us no time to look leaves those we wait for no time either.
 */
export async function patiently(
  done: () => Promise<boolean> | boolean,
  progress: () => unknown,
): Promise<boolean> {
  let last: unknown;
  for (let still = 0; still < stillLooks; still++) {
    if (await done()) return true;
    const now = progress();
    if (now !== last) still = 0;
    last = now;
    await pause(lookMs);
  }
  return false;
}
