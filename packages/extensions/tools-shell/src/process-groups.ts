/** Process groups: how to end one, and the list of those that run, so that none outlives the extension or the server. */

/** Ends a running command at once. */
export type Kill = () => void;

export interface ProcessGroups {
  /** Adds a running one; returns how to take it off the list. */
  add(kill: Kill): () => void;
  killAll(): void;
}

export function createProcessGroups(): ProcessGroups {
  const running = new Set<Kill>();
  return {
    add(kill) {
      running.add(kill);
      return () => running.delete(kill);
    },
    killAll() {
      for (const kill of [...running]) kill();
    },
  };
}

/**
 * Sends a signal to the group that `leader` leads; 0 only asks. False when nobody is left in it. A process that made a
 * session of its own (setsid) has left the group and is not reached. Dead ones that nobody has waited for yet are still
 * in it: where the first process of the system is slow at that, an empty group is noticed late. Windows has no groups: there it is the leader alone.
 */
export function signalGroup(leader: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(process.platform === "win32" ? leader : -leader, signal);
  } catch (error) {
    // Gone, or (macOS) only dead ones that nobody has waited for yet.
    if (error instanceof Error && "code" in error && (error.code === "ESRCH" || error.code === "EPERM"))
      return false;
    throw error;
  }
}
