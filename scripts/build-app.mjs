// Builds the page of a package that has one (app/index.html): one script, one style sheet, one icon, each with its hash in
// its name, into dist/app. Bundled from the sources, so it needs nothing that was built before.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, extname } from "node:path";
import { build } from "esbuild";

/** `dir`: the package, absolute. Resolves with the names of the files. */
export async function buildApp(dir) {
  const app = `${dir}/app`;
  const out = `${dir}/dist/app`;
  const { outputFiles } = await build({
    entryPoints: [`${app}/main.tsx`, `${app}/style/main.css`],
    outdir: out,
    entryNames: "[name]",
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    platform: "browser",
    target: ["es2022", "chrome111", "firefox115", "safari16.4"],
    conditions: ["@dispatch/source"],
    tsconfig: `${app}/tsconfig.json`,
    define: { "process.env.NODE_ENV": '"production"' },
    legalComments: "none",
    charset: "utf8",
    logLevel: "warning",
  });
  const files = [
    ...outputFiles.map(({ path, contents }) => ({ name: basename(path), contents })),
    { name: "icon.svg", contents: readFileSync(`${app}/icon.svg`) },
  ];
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const named = new Map();
  for (const { name, contents } of files) {
    const hash = createHash("sha256").update(contents).digest("hex").slice(0, 12);
    const hashed = `${name.slice(0, -extname(name).length)}-${hash}${extname(name)}`;
    named.set(name, hashed);
    writeFileSync(`${out}/${hashed}`, contents);
  }
  const page = readFileSync(`${app}/index.html`, "utf8").replaceAll(/\{\{(.+?)\}\}/g, (_, name) => {
    const hashed = named.get(name);
    if (hashed === undefined)
      throw new Error(`${app}/index.html names ${name}, which the build does not make`);
    return hashed;
  });
  writeFileSync(`${out}/index.html`, page);
  return [...named.values(), "index.html"];
}
