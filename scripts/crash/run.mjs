// Starts the crash harness: bundles its TypeScript next to the program that it kills, so that its extension finds that
// program's packages, and runs it. `node scripts/crash/run.mjs --help`
import { mkdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { copyProgram } from "./copy-program.mjs";

const source = fileURLToPath(new URL(".", import.meta.url));
const own = resolve(source, "../..");
const at = process.argv.indexOf("--program");
const isCopied = process.argv.includes("--copy");
const root = isCopied ? copyProgram() : at < 0 ? own : resolve(process.argv[at + 1] ?? own);
const here = join(root, "node_modules/.cache/dispatch-crash", String(process.pid));
mkdirSync(here, { recursive: true, mode: 0o755 });
try {
  await build({
    entryPoints: {
      main: join(source, "main.ts"),
      traffic: join(source, "traffic/traffic.ts"),
      "crash-points": join(source, "program/crash-points.ts"),
    },
    outdir: here,
    bundle: true,
    packages: "external",
    format: "esm",
    platform: "node",
    target: "node20",
    logLevel: "error",
  });
  const { main } = await import(pathToFileURL(join(here, "main.js")).href);
  process.exitCode = await main(process.argv.slice(2), here, root);
} finally {
  rmSync(isCopied ? root : here, { recursive: true, force: true });
}
