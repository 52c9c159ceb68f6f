/** The settings checks that the build made say what ajv says, word for word; a start needs no ajv, a bad setting is told the same. */
import { createRequire } from "node:module";
import { ajvOptions, bundledExtensions, checkKey, cliPreset, serverPreset } from "@dispatch/host-bin";
import type { JsonSchema } from "@dispatch/kernel";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { setStage } from "../support/stage.ts";

const built = createRequire(import.meta.url)("../../dist/settings-checks.cjs") as Record<
  string,
  ValidateFunction | undefined
>;
const manifests = (await bundledExtensions([...serverPreset, ...cliPreset])).map(({ manifest }) => manifest);
const withSettings = manifests.flatMap(({ id, settings }) =>
  settings === undefined ? [] : [{ id, settings }],
);

/** Values that settings may be given, right and wrong, by the names that the schema knows. */
function settingsOf(schema: JsonSchema): fc.Arbitrary<unknown> {
  const names = Object.keys((schema.properties as object | undefined) ?? {});
  const value = fc.oneof(
    fc.integer({ min: -1, max: 100_000 }),
    fc.constantFrom<unknown>("", "x", "ask", true, null, 0.5, [], ["a", 1], {}, { a: "b" }, "🂡"),
  );
  return fc.oneof(
    { weight: 20, arbitrary: fc.dictionary(fc.constantFrom(...names, "unknown"), value) },
    { weight: 1, arbitrary: value },
  );
}

const verdict = (check: ValidateFunction, value: unknown) => {
  const copy: unknown = structuredClone(value);
  return { ok: check(copy), errors: check.errors ?? [], filled: copy };
};

describe("the settings checks of the build", () => {
  it.each(withSettings)("of $id say what ajv says", ({ settings }) => {
    const ours = built[checkKey(settings)];
    if (!ours) throw new Error("the build made no check of this schema");
    const theirs = new Ajv2020(ajvOptions).compile(settings);
    fc.assert(
      fc.property(settingsOf(settings), (value) => {
        expect(verdict(ours, value)).toEqual(verdict(theirs, value));
      }),
      { numRuns: 200 },
    );
  });

  it("are what a start uses: ajv is not loaded, whatever is set", async () => {
    const config = { extensions: { "provider-offline": { settings: { deltaDelayMs: "x" } } } };
    const stage = await setStage({ config, env: { NODE_DEBUG: "module" } });
    try {
      const errors = stage.server.errors();
      expect(errors).toMatch(/"provider-offline" is off: .*deltaDelayMs/);
      expect(errors).toContain("settings-checks.cjs"); // it does tell what is loaded
      expect(errors).not.toContain("node_modules/ajv/");
    } finally {
      await stage.end();
    }
  });
});
