import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type TestFolder, testFolder } from "../testing/folder.ts";
import { openLogFile } from "./log-file.ts";
import { createLogger } from "./logger.ts";
import { createSecrets } from "./secrets.ts";

let folder: TestFolder;
beforeEach(() => {
  folder = testFolder();
});
afterEach(() => folder.remove());

describe("the log file", () => {
  it("turns over at its size, keeps so many files, loses no line until then", () => {
    const path = join(folder.path, "logs", "dispatch.log");
    const log = openLogFile({ path, maxBytes: 100, files: 3 });
    for (let n = 0; n < 40; n += 1) log.write(`line ${String(n).padStart(4, "0")}`);
    log.close();
    expect(readdirSync(join(folder.path, "logs")).sort()).toEqual([
      "dispatch.log",
      "dispatch.log.1",
      "dispatch.log.2",
    ]);
    const lines = [`${path}.2`, `${path}.1`, path].flatMap((file) =>
      readFileSync(file, "utf8").trim().split("\n"),
    );
    expect(lines).toEqual(Array.from({ length: 30 }, (_, n) => `line ${String(n + 10).padStart(4, "0")}`));
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder.path, "logs")).mode & 0o777).toBe(0o700);
  });

  it("appends to what an earlier run left", () => {
    const path = join(folder.path, "dispatch.log");
    for (const line of ["one", "two"]) {
      const log = openLogFile({ path });
      log.write(line);
      log.close();
    }
    expect(readFileSync(path, "utf8")).toBe("one\ntwo\n");
    expect(existsSync(`${path}.1`)).toBe(false);
  });
});

describe("the log", () => {
  function logging(env: Record<string, string> = {}, level: "debug" | "info" = "info") {
    const secrets = createSecrets(env);
    const lines: string[] = [];
    const log = createLogger({
      level,
      now: () => 0,
      redact: secrets.redact,
      sinks: [(line) => lines.push(line)],
    });
    return { secrets, lines, log };
  }

  it("is one JSON object a line, from its level up", () => {
    const { log, lines } = logging();
    log({ level: "debug", extensionId: "x", message: "unheard" });
    log({ level: "warn", extensionId: "x", message: "two\nlines", fields: { n: 1 } });
    expect(lines).toEqual([
      '{"time":"1970-01-01T00:00:00.000Z","level":"warn","extension":"x","message":"two\\nlines","fields":{"n":1}}',
    ]);
  });

  it("shows no secret that was ever resolved or remembered, in whatever form it comes", () =>
    fc.assert(
      fc.property(
        fc.string({ unit: "binary", minLength: 8 }),
        fc.string(),
        fc.string(),
        (secret, before, after) => {
          fc.pre(!"[redacted]".includes(secret));
          const { secrets, lines, log } = logging({ KEY: secret });
          expect(secrets.resolve("env:KEY")).toBe(secret);
          log({
            level: "info",
            extensionId: "x",
            message: before + secret + after,
            fields: { deep: [{ secret }] },
          });
          const parsed = JSON.parse(lines[0] ?? "") as { message: string; fields: unknown };
          expect(parsed.message).not.toContain(secret);
          expect(JSON.stringify(parsed.fields)).toBe('{"deep":[{"secret":"[redacted]"}]}');
        },
      ),
    ));

  it("blanks fields with telling names, takes errors, cycles and big numbers", () => {
    const { log, lines } = logging();
    const cycle: Record<string, unknown> = { apiKey: "not known as a secret", big: 1n };
    cycle.self = cycle;
    const shared = { a: 1 };
    log({
      level: "error",
      extensionId: "x",
      message: "m",
      fields: { cycle, error: new TypeError("bad"), both: [shared, shared] },
    });
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({
      fields: {
        cycle: { apiKey: "[redacted]", big: "1n", self: "[circular]" },
        error: { name: "TypeError", message: "bad" },
        both: [{ a: 1 }, { a: 1 }],
      },
    });
  });

  it("an empty variable is no secret; a literal is one", () => {
    const { secrets } = logging({ EMPTY: "" });
    expect(secrets.resolve("env:EMPTY")).toBeUndefined();
    expect(secrets.resolve("env:ABSENT")).toBeUndefined();
    expect(secrets.resolve("sk-literal")).toBe("sk-literal");
    expect(secrets.redact("with sk-literal in it")).toBe("with [redacted] in it");
  });

  it("a secret is found within the base64 of something longer, wherever it begins", () => {
    const secret = "sk-live-0123456789abcdef";
    const { secrets } = logging({});
    secrets.remember(secret);
    const text = fc.string({ unit: "binary", maxLength: 9 });
    const encoding = fc.constantFrom("base64", "base64url", "hex");
    fc.assert(
      fc.property(text, text, encoding, (before, after, as) => {
        const shown = secrets.redact(Buffer.from(`${before}${secret}${after}`).toString(as as "base64"));
        expect(shown).toContain("[redacted]");
        for (const piece of shown.split("[redacted]"))
          expect(Buffer.from(piece, as as "base64").toString("latin1")).not.toMatch(/live|0123|cdef/);
      }),
    );
  });
});
