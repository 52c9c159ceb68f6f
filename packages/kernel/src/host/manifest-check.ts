/** Checks the shape of a manifest, which may come from a file: all problems at once, each with its path. */
import { capabilities, type Manifest } from "../contracts/manifest.ts";
import { nearest } from "../text/nearest.ts";
import { isRange, isVersion } from "./versions.ts";

export interface ManifestIssue {
  /** `contributes.points.tools`, or "" for the manifest itself. */
  readonly path: string;
  readonly message: string;
}

type Report = (path: string, message: string) => void;
type Check = (value: unknown, path: string, report: Report, id: string) => void;

const idPattern = /^[a-z0-9]+(-[a-z0-9]+)*$/;
const handlePattern = /^[a-z0-9]+(-[a-z0-9]+)*(\/[A-Za-z0-9._-]+)?$/;
const contributionPattern = /^[^\s*]*\*?$/;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Closed object: an unknown key is an issue that names the nearest known one. */
const object =
  (fields: Readonly<Record<string, Check>>, required: readonly string[] = []): Check =>
  (value, path, report, id) => {
    if (!isObject(value)) return report(path, "must be an object");
    const at = (key: string) => (path === "" ? key : `${path}.${key}`);
    for (const key of required) if (value[key] === undefined) report(at(key), "is missing");
    for (const [key, each] of Object.entries(value)) {
      const check = Object.hasOwn(fields, key) ? fields[key] : undefined;
      if (check && each !== undefined) check(each, at(key), report, id);
      if (check) continue;
      const near = nearest(key, Object.keys(fields));
      report(at(key), `is not a known key${near === undefined ? "" : `; did you mean "${near}"?`}`);
    }
  };

const record =
  (key: (text: string) => string | undefined, entry: Check): Check =>
  (value, path, report, id) => {
    if (!isObject(value)) return report(path, "must be an object");
    for (const [name, each] of Object.entries(value)) {
      const problem = key(name);
      if (problem) report(`${path}.${name}`, problem);
      entry(each, `${path}.${name}`, report, id);
    }
  };

const text =
  (problem: (value: string, id: string) => string | undefined): Check =>
  (value, path, report, id) => {
    if (typeof value !== "string") return report(path, "must be a string");
    const message = problem(value, id);
    if (message) report(path, message);
  };

const listOf =
  (entry: Check): Check =>
  (value, path, report, id) => {
    if (!Array.isArray(value)) return report(path, "must be an array");
    value.forEach((each, index) => {
      entry(each, `${path}.${index}`, report, id);
      if (value.indexOf(each) !== index) report(`${path}.${index}`, `repeats "${String(each)}"`);
    });
  };

const handleProblem = (value: string) =>
  handlePattern.test(value) ? undefined : `"${value}" is not a handle id: use \`owner/name\``;
const handle = text(handleProblem);
const ownHandle = text((value, id) =>
  value.startsWith(`${id}/`)
    ? handleProblem(value)
    : `"${value}" is not its own: ids of own events and filters start with "${id}/"`,
);
const range = text((value) =>
  isRange(value) ? undefined : `"${value}" is not a semver range, e.g. "^1.0.0"`,
);
const dependencies = record(handleProblem, range);
const capability = text((value) => {
  if ((capabilities as readonly string[]).includes(value)) return undefined;
  const near = nearest(value, capabilities);
  return `"${value}" is not a capability${near === undefined ? ` (${capabilities.join(", ")})` : `; did you mean "${near}"?`}`;
});

const manifest = object(
  {
    id: text((value) =>
      idPattern.test(value) && value.length <= 64
        ? undefined
        : `"${value}" is not an id: lower case letters, digits and single dashes between them, at most 64`,
    ),
    version: text((value) => (isVersion(value) ? undefined : `"${value}" is not a version, e.g. "1.0.0"`)),
    apiVersion: range,
    description: text(() => undefined),
    activation: text((value) =>
      value === "startup" || value === "lazy" ? undefined : `must be "startup" or "lazy", not "${value}"`,
    ),
    dependsOn: dependencies,
    optional: dependencies,
    capabilities: listOf(capability),
    contributes: object({
      points: record(
        handleProblem,
        listOf(
          text((value) =>
            value.length > 0 && contributionPattern.test(value)
              ? undefined
              : `"${value}" is not a name: no spaces, \`*\` only at its end`,
          ),
        ),
      ),
      services: listOf(handle),
      events: listOf(ownHandle),
      filters: listOf(ownHandle),
    }),
    listens: object({ events: listOf(handle), filters: listOf(handle) }),
    settings: (value, path, report) => {
      if (!isObject(value)) report(path, "must be a JSON Schema object");
    },
  },
  ["id", "version", "apiVersion"],
);

/** Empty when the value is a `Manifest`. */
export function checkManifest(value: unknown): ManifestIssue[] {
  const issues: ManifestIssue[] = [];
  const report: Report = (path, message) => void issues.push({ path, message });
  const id = isObject(value) && typeof value.id === "string" ? value.id : "";
  manifest(value, "", report, id);
  if (issues.length === 0) checkDependencies(value as Manifest, report);
  return issues;
}

function checkDependencies(value: Manifest, report: Report): void {
  for (const field of ["dependsOn", "optional"] as const) {
    for (const key of Object.keys(value[field] ?? {})) {
      const own = key === value.id || value.contributes?.services?.includes(key);
      if (own) report(`${field}.${key}`, "is the extension itself");
      if (field === "optional" && value.dependsOn?.[key] !== undefined) {
        report(`${field}.${key}`, "is in dependsOn already");
      }
    }
  }
}
