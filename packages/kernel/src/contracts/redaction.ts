/** Redaction: known secret values are taken out of whatever is shown or kept. A service of the host program. */
import { defineService } from "./handles.ts";

/** Text that comes in pieces. What is pushed comes out redacted, a little later where a piece may end inside a secret. */
export interface RedactionStream {
  push(text: string): string;
  /** What was held back. */
  end(): string;
}

export interface Redaction {
  /** The text with every known secret replaced by `[redacted]`. The same object of a string when there is none in it. */
  text(text: string): string;
  stream(): RedactionStream;
}

export const redaction = defineService<Redaction>()("redaction");
