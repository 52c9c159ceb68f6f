// The packages of this repository, read from their folders: the build, its last step and the boundary check share this list.
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The repository, with a slash at its end. */
export const root = fileURLToPath(new URL("..", import.meta.url));

const folders = (parent) =>
  readdirSync(new URL(`../${parent}/`, import.meta.url), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== "extensions")
    .map((entry) => `${parent}/${entry.name}`);

const readManifest = (dir) => {
  try {
    return JSON.parse(readFileSync(`${root}${dir}/package.json`, "utf8"));
  } catch (error) {
    if (error.code === "ENOENT") return undefined; // a folder that is left from another branch
    throw error;
  }
};

/** Every workspace package, as `{ dir, json }`; `dir` is relative to the repository. */
export const packages = [...folders("packages"), ...folders("packages/extensions")]
  .map((dir) => ({ dir, json: readManifest(dir) }))
  .filter((found) => found.json !== undefined);

/** The entries a package promises in `exports`, as `{ name: source }` with paths relative to the package. */
export function entriesOf({ json }) {
  const entries = {};
  for (const target of Object.values(json.exports ?? {})) {
    const source = target["@dispatch/source"];
    if (source) entries[target.default.slice("./dist/".length, -".js".length)] = source;
  }
  if (json.bin) entries.main = "./src/main.ts"; // the committed shim in bin/ starts it
  return entries;
}
