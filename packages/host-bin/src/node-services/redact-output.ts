/** What anything in a server writes to its output, `console` included: it may go into a file, so known secrets are taken out. */

type Output = Pick<NodeJS.WriteStream, "write">;

/**
 * Takes secrets out of each piece that is written. Not seen: what is written past the stream (`fs.writeSync(1, …)`), by child
 * processes, or in pieces that each hold a part of a secret. Returns what puts everything back.
 */
export function redactOutput(redact: (text: string) => string, ...outputs: readonly Output[]): () => void {
  const clean = (piece: unknown): unknown => {
    if (typeof piece === "string") return redact(piece);
    if (!(piece instanceof Uint8Array)) return piece;
    const text = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength).toString("latin1");
    const shown = redact(text);
    return shown === text ? piece : Buffer.from(shown, "latin1");
  };
  const undo = outputs.map((output) => {
    const write = output.write as (...args: unknown[]) => boolean;
    output.write = (piece: unknown, ...rest: unknown[]) => write.call(output, clean(piece), ...rest);
    return () => {
      output.write = write as Output["write"];
    };
  });
  return () => {
    for (const each of undo) each();
  };
}
