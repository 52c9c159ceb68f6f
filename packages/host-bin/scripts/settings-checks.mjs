// Settings checks as code: what ajv makes of the manifests' schemas, in one file that needs no ajv.
// A start then loads neither the library nor compiles twenty schemas with it.
import { pathToFileURL } from "node:url";
import { Ajv2020 } from "ajv/dist/2020.js";
import standalone from "ajv/dist/standalone/index.js";
import { build } from "esbuild";

/** Writes `settings-checks.cjs` into the program's dist: by the key of each schema, the function that checks it. */
export async function writeSettingsChecks(dist, manifests) {
  const { ajvOptions, checkKey } = await import(pathToFileURL(`${dist}index.js`).href);
  const ajv = new Ajv2020({ ...ajvOptions, code: { source: true } });
  const keys = {};
  for (const { settings } of manifests) {
    if (settings === undefined) continue;
    const key = checkKey(settings);
    if (!ajv.getSchema(key)) ajv.addSchema(settings, key);
    keys[key] = key;
  }
  await build({
    stdin: { contents: standalone.default(ajv, keys), resolveDir: dist }, // it asks for ajv's small runtime parts
    bundle: true,
    minifySyntax: true,
    minifyWhitespace: true,
    platform: "node",
    target: "node20",
    format: "cjs",
    outfile: `${dist}settings-checks.cjs`,
    logLevel: "warning",
  });
}
