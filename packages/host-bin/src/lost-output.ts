/** What becomes of a program whose output nobody reads any more (`dispatch list | head`, a terminal that was closed). */

type Output = Pick<NodeJS.WriteStream, "on" | "off" | "listeners">;

/** Of a command: there is nobody to write for, so it ends, as if all had been read. */
export function endWithReader(stdout: Output, exit: (code: number) => never): void {
  stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") exit(0);
    throw error;
  });
}

/**
 * Of a server: it goes on without. Ctrl-C in a terminal ends what reads its output (`serve | tee log`) together with asking it to
 * stop, and that stop must still wait for turns. Returns what puts everything back.
 */
export function outliveReaders(...outputs: readonly Output[]): () => void {
  const ignore = (): void => undefined;
  const before = outputs.map((output) => output.listeners("error") as (() => void)[]);
  outputs.forEach((output, index) => {
    for (const listener of before[index] ?? []) output.off("error", listener);
    output.on("error", ignore);
  });
  return () => {
    outputs.forEach((output, index) => {
      output.off("error", ignore);
      for (const listener of before[index] ?? []) output.on("error", listener);
    });
  };
}
