// Checks what the linter cannot: which package may import which, and that no source file grows past one sitting.
// Node built-ins and globals (kernel, wire, client) are Biome's part; see the overrides in biome.json.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { packages, root } from "./packages.mjs";

const ceiling = 250; // lines
const kernel = /^@dispatch\/kernel(\/|$)/;
const wire = /^@dispatch\/wire(\/shown)?$/;
const ports = /^@dispatch\/[^/]+\/ports$/;

/** Who may import what, among our own packages. The first rule whose folder matches counts; tests are free. */
const rules = [
  {
    dir: /^packages\/wire$/,
    may: [],
    why: "wire is the bottom: everything imports it, so it imports nothing of ours",
  },
  {
    dir: /^packages\/kernel$/,
    may: [],
    types: [wire],
    pure: true,
    why: "the kernel has no dependency; it knows wire by its types only (`import type`)",
  },
  {
    dir: /^packages\/client$/,
    may: [wire],
    why: "the client runs in browsers: it knows the wire and nothing of the server",
  },
  {
    dir: /^packages\/session-orchestrator$/,
    may: [wire, kernel],
    why: "the orchestrator imports no feature: declare a port in its ports.ts and let the extension plug in",
  },
  {
    dir: /^packages\/extensions\/cli$/,
    may: [wire, kernel, ports, /^@dispatch\/client$/],
    why: "the CLI talks to the server through the client, and to features through their ports",
  },
  {
    dir: /^packages\/extensions\/web$/,
    may: [wire, kernel, ports, /^@dispatch\/client$/],
    why: "the web view talks to the server through the client, and its server half to features through their ports",
  },
  {
    dir: /^packages\/extensions\//,
    may: [wire, kernel, ports],
    why: "an extension knows other packages through their ports only, as a third party's would",
  },
  { dir: /^packages\/host-bin$/, may: [/^@dispatch\//], why: "" },
];

const statement =
  /^[ \t]*(import|export)\b(\s+type\b)?(?:[^"'`;=]*?\bfrom)?\s*["']([^"']+)["']|\bimport\s*\(\s*["']([^"']+)["']/gm;

/** `{ line, typeOnly, target }` for every import, re-export and dynamic import; comments are blanked first. */
function importsOf(text) {
  const code = text.replace(/\/\*[\s\S]*?\*\/|^[ \t]*\/\/.*$/gm, (comment) => comment.replace(/[^\n]/g, " "));
  return [...code.matchAll(statement)].map((match) => ({
    line: code.slice(0, match.index).split("\n").length,
    typeOnly: match[2] !== undefined,
    target: match[3] ?? match[4],
  }));
}

function judge(pkg, rule, file, { typeOnly, target }) {
  const isSource = file.startsWith(`${pkg.dir}/src/`) || file.startsWith(`${pkg.dir}/app/`);
  const isTest = file.endsWith(".test.ts") || !isSource;
  if (target.startsWith(".")) {
    const outside = relative(pkg.dir, join(dirname(file), target)).startsWith("..");
    return outside ? "leaves its own package: import the other package by its name" : undefined;
  }
  if (/^@dispatch\/[^/]+\/(src|dist)(\/|$)/.test(target))
    return "reaches inside another package: import an entry it exports";
  if (isTest) return undefined;
  const ours = target.startsWith("@dispatch/");
  if (!ours) return rule.pure && !target.startsWith("node:") ? rule.why : undefined;
  const allowed = typeOnly ? [...rule.may, ...(rule.types ?? [])] : rule.may;
  return allowed.some((pattern) => pattern.test(target)) ? undefined : rule.why;
}

const skipped = new Set(["node_modules", "dist", "coverage", "fixtures"]);
function* filesUnder(dir) {
  for (const entry of readdirSync(join(root, dir), { withFileTypes: true })) {
    const path = `${dir}/${entry.name}`;
    if (entry.isDirectory() && !skipped.has(entry.name)) yield* filesUnder(path);
    else if (entry.isFile() && /\.(ts|tsx|mts|js|mjs)$/.test(entry.name)) yield path;
  }
}

const problems = [];
for (const pkg of packages) {
  const rule = rules.find(({ dir }) => dir.test(pkg.dir));
  if (!rule) {
    problems.push(`${pkg.dir}: no rule says what it may import: add one to scripts/check-boundaries.mjs`);
    continue;
  }
  for (const file of filesUnder(pkg.dir)) {
    const text = readFileSync(join(root, file), "utf8");
    for (const found of importsOf(text)) {
      const why = judge(pkg, rule, file, found);
      if (why) problems.push(`${file}:${found.line} "${found.target}": ${why}`);
    }
    const lines = text.split("\n").length - 1;
    const excused = text.split("\n", 5).join("\n").includes("Long file:");
    if (lines > ceiling && !excused && !file.endsWith(".test.ts")) {
      problems.push(
        `${file}: ${lines} lines, ${ceiling} at most: split it, or begin it with "// Long file: <reason>"`,
      );
    }
  }
}

/** What the program lends to a third party's file; packages/host-bin/src/extension-files has the same list. */
const lent =
  /^(zod|node:.+|@dispatch\/(kernel|wire|(session-orchestrator|transport-http|transport-ws|cli|commands|surfaces|notices)\/ports))$/;
for (const file of filesUnder("examples/extensions")) {
  for (const { line, target } of importsOf(readFileSync(join(root, file), "utf8"))) {
    if (lent.test(target) || /^\.\/[^/]+$/.test(target)) continue;
    problems.push(
      `${file}:${line} "${target}": an example has the public API only, as a third party's file has`,
    );
  }
}

for (const problem of problems) console.error(problem);
console.log(problems.length === 0 ? "boundaries: ok" : `boundaries: ${problems.length} broken`);
process.exitCode = problems.length === 0 ? 0 : 1;
