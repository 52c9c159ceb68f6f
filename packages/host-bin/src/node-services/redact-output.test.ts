import { expect, it } from "vitest";
import { redactOutput } from "./redact-output.ts";

function output() {
  const written: unknown[][] = [];
  const write = (...args: unknown[]) => {
    written.push(args);
    return true;
  };
  return { written, write: write as NodeJS.WriteStream["write"] };
}
const redact = (text: string) => text.replaceAll("secret", "[redacted]");

it("takes secrets out of texts and bytes, and hands on whatever else was said", () => {
  const stream = output();
  const original = stream.write;
  const undo = redactOutput(redact, stream);
  const done = () => undefined;
  expect(stream.write("a secret", "utf8", done)).toBe(true);
  stream.write(new TextEncoder().encode("ü secret"));
  expect(stream.written[0]).toEqual(["a [redacted]", "utf8", done]);
  expect(String(stream.written[1]?.[0])).toBe("ü [redacted]");
  const picture = Uint8Array.of(0xff, 0xd8, 0xff, 0x00);
  stream.write(picture);
  expect(stream.written[2]?.[0]).toBe(picture);
  undo();
  expect(stream.write).toBe(original);
});
