// The last step of the JavaScript build: writes each extension's dist/manifest.json, so that discovery reads data and
// runs no code, the page of a package that has one, the configuration's schema for editors and the checks of settings;
// removes what earlier builds left in dist (old chunks, declarations of deleted sources).
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { posix } from "node:path";
import { pathToFileURL } from "node:url";
import { writeSettingsChecks } from "../packages/host-bin/scripts/settings-checks.mjs";
import { buildApp } from "./build-app.mjs";
import { entriesOf, packages, root } from "./packages.mjs";

async function writeManifest(dist) {
  const built = `${dist}manifest.js`;
  if (!existsSync(built)) return;
  const { manifest } = await import(pathToFileURL(built).href);
  if (manifest === undefined) throw new Error(`${built}: export the extension's manifest as \`manifest\`.`);
  writeFileSync(`${dist}manifest.json`, `${JSON.stringify(manifest, null, 2)}\n`);
}

/** The built files that the entries reach, themselves included; names are relative to dist. */
function reachable(dist, entries) {
  const kept = new Set();
  const queue = entries.filter((name) => existsSync(dist + name));
  for (let name = queue.pop(); name; name = queue.pop()) {
    if (kept.has(name)) continue;
    kept.add(name);
    for (const [, target] of readFileSync(dist + name, "utf8").matchAll(/["'](\.{1,2}\/[^"'\n]+\.js)["']/g)) {
      const path = posix.join(posix.dirname(name), target);
      if (existsSync(dist + path)) queue.push(path);
    }
  }
  return kept;
}

function sweep(dir, entries) {
  const dist = `${dir}/dist/`;
  const kept = reachable(dist, entries);
  for (const path of readdirSync(dist, { recursive: true })) {
    const [, name, ending] = /^(.*?)(\.d\.ts|\.js)(?:\.map)?$/.exec(path) ?? [];
    if (name === undefined) continue;
    const wanted = ending === ".js" ? kept.has(`${name}.js`) : existsSync(`${dir}/src/${name}.ts`);
    if (!wanted) rmSync(dist + path, { force: true });
  }
}

/** After every manifest is there: the schema and the checks hold the settings of all bundled extensions. */
async function writeSettings(dist) {
  const { bundledExtensions, cliPreset, publishedSchema, serverPreset } = await import(
    pathToFileURL(`${dist}index.js`).href
  );
  const manifestsOf = async (preset) => (await bundledExtensions(preset)).map(({ manifest }) => manifest);
  const manifests = await manifestsOf(serverPreset);
  writeFileSync(`${dist}config.schema.json`, `${JSON.stringify(publishedSchema(manifests), null, 2)}\n`);
  await writeSettingsChecks(dist, [...manifests, ...(await manifestsOf(cliPreset))]);
}

for (const pkg of packages) {
  const dir = root + pkg.dir;
  if (!existsSync(`${dir}/dist`)) continue;
  const entries = Object.entries(entriesOf(pkg)).filter(([, source]) => existsSync(`${dir}/${source}`));
  sweep(
    dir,
    entries.map(([name]) => `${name}.js`),
  );
  if (pkg.json.dispatch) await writeManifest(`${dir}/dist/`);
  if (existsSync(`${dir}/app/index.html`)) await buildApp(dir);
}

/** `dispatch --help` as a page, made by the program itself from its command table; without what a server here adds to it. */
function writeHelp(dir) {
  const page = `${dir}dist/help.txt`;
  rmSync(page, { force: true });
  writeFileSync(
    page,
    execFileSync(process.execPath, [`${dir}bin/dispatch.js`, "--help"], {
      env: { NO_COLOR: "1", DISPATCH_DATA_DIR: `${dir}dist/no-data` },
    }),
  );
}

await writeSettings(`${root}packages/host-bin/dist/`);
writeHelp(`${root}packages/host-bin/`);
