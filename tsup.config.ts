// Builds the JavaScript of every package in one process; `tsc -b` owns the declarations.
// There is no second table: what a package's `exports` maps from src/ to dist/ is what gets built.
import { existsSync } from "node:fs";
import { defineConfig, type Options } from "tsup";
import { entriesOf, packages, root } from "./scripts/packages.mjs";

const builds = packages.flatMap((pkg): Options[] => {
  const entry: Record<string, string> = {};
  for (const [name, source] of Object.entries(entriesOf(pkg))) {
    const path = `${root}${pkg.dir}/${source.slice(2)}`;
    if (existsSync(path)) entry[name] = path;
    else throw new Error(`${pkg.json.name}: its package.json exports ${source}, which is not there`);
  }
  if (Object.keys(entry).length === 0) return [];
  return [
    {
      name: pkg.json.name,
      entry,
      outDir: `${pkg.dir}/dist`,
      tsconfig: "tsconfig.base.json",
      format: "esm",
      platform: "node",
      target: "node20",
      dts: false,
      bundle: true,
      skipNodeModulesBundle: true,
      sourcemap: true,
      clean: false, // the declarations of `tsc -b` live in dist too; scripts/finish-build.mjs sweeps old chunks
      silent: true,
    },
  ];
});

export default defineConfig(builds);
