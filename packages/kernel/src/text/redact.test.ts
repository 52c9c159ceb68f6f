import fc from "fast-check";
import { expect, it } from "vitest";
import { createRedaction } from "./redact.ts";

it("takes out every secret, the same however the text is cut", async () => {
  const letter = fc.constantFrom("a", "b", "c");
  const word = fc.array(letter, { minLength: 2, maxLength: 4 }).map((letters) => letters.join(""));
  await fc.assert(
    fc.property(
      fc.uniqueArray(word, { maxLength: 4 }),
      fc.array(fc.array(letter, { maxLength: 5 }).map((letters) => letters.join(""))),
      (secrets, pieces) => {
        const redaction = createRedaction(() => new Set(secrets));
        const stream = redaction.stream();
        const streamed = pieces.map((piece) => stream.push(piece)).join("") + stream.end();
        expect(streamed).toBe(redaction.text(pieces.join("")));
        for (const part of streamed.split("[redacted]"))
          for (const secret of secrets) expect(part).not.toContain(secret);
      },
    ),
    { numRuns: 500 },
  );
});

it("holds back no more than may become a secret, and learns new ones", () => {
  const secrets = new Set<string>();
  const redaction = createRedaction(() => secrets);
  expect(redaction.text("hunter2")).toBe("hunter2");
  secrets.add("hunter2");
  const stream = redaction.stream();
  expect(stream.push("say hun")).toBe("say ");
  expect(stream.push("ger")).toBe("hunger");
  expect(stream.push(", hunter")).toBe(", ");
  expect(stream.push("2!")).toBe("[redacted]!");
  expect(stream.end()).toBe("");
});
