// Builds the JavaScript of every package in one process; `tsc -b` owns the declarations.
// There is no second table: what a package's `exports` maps from src/ to dist/ is what gets built.
import { existsSync } from "node:fs";
import { defineConfig, type Options } from "tsup";
import { entriesOf, packages, root } from "./scripts/packages.mjs";

/** Entries that are one file with all they need: what `dispatch --help` loads has to be there at once. */
const whole: ReadonlySet<string> = new Set(["@dispatch/host-bin/help"]);

const builds = packages.flatMap((pkg): Options[] => {
  const entry: Record<string, string> = {};
  for (const [name, source] of Object.entries(entriesOf(pkg))) {
    const path = `${root}${pkg.dir}/${source.slice(2)}`;
    if (existsSync(path)) entry[name] = path;
    else throw new Error(`${pkg.json.name}: its package.json exports ${source}, which is not there`);
  }
  const isWhole = ([name]: [string, string]) => whole.has(`${pkg.json.name}/${name}`);
  const entries = Object.entries(entry);
  const parts = [
    { alone: false, files: entries.filter((each) => !isWhole(each)) },
    ...entries.filter(isWhole).map((each) => ({ alone: true, files: [each] })),
  ];
  return parts
    .filter(({ files }) => files.length > 0)
    .map(({ alone, files }) => ({
      name: pkg.json.name,
      entry: Object.fromEntries(files),
      outDir: `${pkg.dir}/dist`,
      tsconfig: "tsconfig.base.json",
      format: "esm",
      platform: "node",
      target: "node20",
      dts: false,
      bundle: true,
      splitting: !alone,
      skipNodeModulesBundle: !alone,
      sourcemap: true,
      clean: false, // the declarations of `tsc -b` live in dist too; scripts/finish-build.mjs sweeps old chunks
      silent: true,
    }));
});

export default defineConfig(builds);
