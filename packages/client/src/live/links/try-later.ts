/** Something tried now and then in the background, with pauses that double, until it is undone. */
import type { Clock } from "./link.ts";

const mostPauses = 10;

/** `attempt` calls `failed` for another try. Undoing it closes the attempt under way. */
export function tryLater(
  clock: Clock,
  pauseMs: number,
  attempt: (failed: () => void) => { close(): void },
): () => void {
  let undo = (): void => undefined;
  function plan(pauses: number): void {
    undo = clock.after(pauseMs * Math.min(pauses, mostPauses), () => {
      const tried = attempt(() => plan(pauses * 2));
      undo = () => tried.close();
    });
  }
  plan(1);
  return () => undo();
}
