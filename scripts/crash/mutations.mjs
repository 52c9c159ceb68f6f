// Breaks promises on purpose, each in a copy of the build, and shows that the crash harness notices. A control run of an
// unbroken copy must find nothing. `node scripts/crash/mutations.mjs [name …]`; needs a build (npm run build:js).
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { packages } from "../packages.mjs";
import { copyProgram } from "./copy-program.mjs";

/**
 * `patches`: what is replaced in the built JavaScript of a package; each must be found exactly once, so that a mutation that no
 * longer fits says so and never passes for one that was caught. `caughtBy`: at least one of these must be violated.
 */
const mutations = [
  {
    name: "acknowledge-early",
    what: "an input is acknowledged, and shown, before its append is awaited",
    patches: [["session-orchestrator", /await write\(\{(\s*\.\.\.base\(\),\s*entries,)/g, "void write({$1"]],
    points: "append:stalled,append:during,append:before",
    caughtBy: ["inputs kept", "shown is stored", "ends kept"],
  },
  {
    name: "split-admission",
    what: "a message and its turn are two batches",
    patches: [splitAt('"type":"user-message"')],
    points: "append",
    caughtBy: ["turns end", "inputs once"],
  },
  {
    name: "split-seal",
    what: "a turn's end is two batches",
    patches: [splitAt('"type":"done"')],
    points: "append:before:done,append:during:done,append:after:done",
    caughtBy: ["turns end"],
  },
  {
    name: "skip-sweep",
    what: "processes that a killed server left are not looked for at the next start",
    patches: [
      ["tools-shell", 'const left = await sweeper.sweep("all", settings.killGraceMs);', "const left = 0;"],
    ],
    points: "tool:running,tool:ended,append:after:tool-start",
    caughtBy: ["processes gone"],
  },
  {
    name: "run-again",
    what: "a command whose fate is unknown is run again",
    patches: [
      ["session-orchestrator", "started.has(callId) ? isRepeatable(name) :", "started.has(callId) ? true :"],
    ],
    points: "tool:running,tool:ended,append:before:tool-result",
    caughtBy: ["runs once"],
  },
  {
    name: "show-early",
    what: "records are shown before they are stored",
    patches: [
      [
        "session-orchestrator",
        /(await write\(\{\s*\.\.\.base\(\),\s*entries,[^;]*\}\);)(\s*state = after;)(\s*live\.publish\([^;]*\);)/g,
        "$3$1$2",
      ],
    ],
    points: "append:stalled,append:before",
    caughtBy: ["shown is stored"],
  },
  {
    name: "forget-keys",
    what: "the row that remembers an idempotency key is not stored",
    patches: [["session-orchestrator", "idempotency: idempotency?.(entries),", "idempotency: undefined,"]],
    points: "append:after:user-message,append:after:turn-start,random",
    caughtBy: ["inputs once", "ids stable"],
  },
];

/** The append of a batch with such a record becomes two: its first record alone, then the rest with everything else. */
function splitAt(type) {
  const patched = `if (batch.entries.length > 1 && batch.entries.some(({ json }) => json.includes('${type}'))) {
        const { state: _state, row: _row, running: _running, idempotency: _key, sealed: _sealed, ...first } = batch;
        await $1.append({ ...first, entries: batch.entries.slice(0, 1) });
        await $1.append({ ...batch, epoch: undefined, expectedHead: batch.expectedHead + 1, entries: batch.entries.slice(1) });
      } else await $1.append(batch);`;
  return ["session-orchestrator", /await (log\d*)\.append\(batch\);/g, patched];
}

/** Throws when the pattern is not found exactly once in the package's built JavaScript. */
function patch(copy, [name, find, replacement]) {
  const { dir } = packages.find(({ json }) => json.name === `@dispatch/${name}`);
  const dist = join(copy, dir, "dist");
  const found = readdirSync(dist)
    .filter((file) => file.endsWith(".js"))
    .map((file) => ({ path: join(dist, file), text: readFileSync(join(dist, file), "utf8") }))
    .filter(({ text }) => occurrences(text, find) > 0);
  const times = found.reduce((sum, { text }) => sum + occurrences(text, find), 0);
  if (times !== 1)
    throw new Error(`${name}: ${String(find)} was found ${times} times, not once; mend the mutation`);
  writeFileSync(found[0].path, found[0].text.replace(find, replacement));
}

const occurrences = (text, find) =>
  typeof find === "string" ? text.split(find).length - 1 : [...text.matchAll(find)].length;

/** Runs the harness against a copy; gives its summary. */
function harness(copy, points, kills, seed) {
  const args = ["--program", copy, "--points", points, "--kills", String(kills), "--per-round", "10"];
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [fileURLToPath(new URL("run.mjs", import.meta.url)), ...args, "--seed", String(seed), "--json"],
    { encoding: "utf8", maxBuffer: 1e9 },
  );
  try {
    return JSON.parse(stdout);
  } catch {
    throw new Error(`the harness gave no summary: ${stderr.slice(-2_000)}`);
  }
}

/** A broken program is tried with up to this many kills; the control run gets as many. */
// KEEP=1 keeps the evidence of what was caught.
const kills = Number(process.env.KILLS ?? 60);
const seed = Number(process.env.SEED ?? 1);
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => name !== "control" && !mutations.some((each) => each.name === name));
if (unknown.length > 0) throw new Error(`There is no mutation ${unknown.join(", ")}.`);

const control = { name: "control", what: "nothing is broken", patches: [], points: "all", caughtBy: [] };
let failed = 0;
for (const { name, what, patches, points, caughtBy } of [control, ...mutations]) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  const copy = copyProgram();
  try {
    for (const each of patches) patch(copy, each);
    const { violations, kills: done, seconds } = harness(copy, points, kills, seed);
    const names = [...new Set(violations.map(({ invariant }) => invariant))];
    const isRight =
      caughtBy.length === 0 ? names.length === 0 : names.some((each) => caughtBy.includes(each));
    if (!isRight) failed++;
    const verdict =
      names.length === 0 ? "nothing found" : `${violations.length} violations of: ${names.join(", ")}`;
    console.log(`${isRight ? "ok  " : "FAIL"} ${name} (${what}): ${done} kills, ${seconds} s, ${verdict}`);
    for (const each of violations.slice(0, 2))
      console.log(`       ${each.invariant}: ${each.what.slice(0, 240)}`);
    for (const folder of new Set(violations.map((each) => each.folder)))
      if (isRight && caughtBy.length > 0 && !process.env.KEEP)
        rmSync(folder, { recursive: true, force: true });
      else console.log(`       evidence: ${folder}`);
  } catch (error) {
    failed++;
    console.log(`FAIL ${name} (${what}): ${error.message}`);
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}
process.exitCode = failed > 0 ? 1 : 0;
