/** Loads the configuration: built-in, user file, project file, environment, flags; later wins, every problem at once. */
import type { Manifest } from "@dispatch/kernel";
import { type Environment, projectConfigFile, tilde, userConfigFile } from "../paths.ts";
import { startError } from "../start-error.ts";
import { type ConfigProblem, checkConfig, isObject } from "./check.ts";
import { environmentLayer } from "./environment.ts";
import { type Leaf, leavesOf, mergeLeaves } from "./merge.ts";
import { type ReadOptions, readConfigFile } from "./read-file.ts";
import { configSchema } from "./schema.ts";
import type { Config, ResolvedConfig } from "./types.ts";

export interface ConfigFlags {
  readonly config?: string | undefined;
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly approvals?: string | undefined;
}

export interface LoadConfigOptions {
  readonly env: Environment;
  /** Absolute. */
  readonly cwd: string;
  readonly flags?: ConfigFlags | undefined;
  /** Of every extension there is: what may be configured, and which dialects are spoken. */
  readonly manifests: readonly Manifest[];
  /** There may be more extensions than these: one that is not among them is no problem here. Default false. */
  readonly openList?: boolean;
}

const builtIn = {
  approvals: "ask",
  server: { host: "127.0.0.1", port: 24_203 },
  credentials: { offline: { provider: "offline" } },
  extensions: {},
};

/** Throws a `StartError` that lists every problem with its file and path. */
export function loadConfig(options: LoadConfigOptions): ResolvedConfig {
  const { env, cwd, flags = {}, manifests, openList = false } = options;
  const problems: string[] = [];
  const files: string[] = [];
  const report = (place: string, found: readonly ConfigProblem[]) => {
    for (const { path, message } of found)
      problems.push([place, path, message].filter((part) => part !== "").join(": "));
  };

  function fileLayer(path: string, read: Omit<ReadOptions, "manifests" | "openList">): Leaf[] {
    const { value, problems: found } = readConfigFile(path, { ...read, manifests, openList });
    report(tilde(path), found);
    if (value) files.push(path);
    return value ? leavesOf(value, tilde(path)) : [];
  }

  const user = userConfigFile({ ...flags, env, cwd });
  const environment = environmentLayer(env, providerKindsOf(manifests));
  const layers = [
    leavesOf(builtIn, "built-in"),
    fileLayer(user.path, { role: "user", required: user.given }),
    fileLayer(projectConfigFile(cwd), { role: "project" }),
    environment.leaves,
    flagLayer(flags),
  ];
  for (const leaf of [...environment.leaves, ...(layers[4] ?? [])]) report(leaf.source, checkLeaf(leaf));
  const { value, leaves } = mergeLeaves(layers);
  const config = value as unknown as Config;
  for (const [name, { provider }] of Object.entries(config.credentials)) {
    if (provider === undefined)
      problems.push(`credentials.${name}.provider: missing; it names the dialect, e.g. "openai"`);
  }
  if (problems.length > 0) throw configError(problems);
  return {
    config,
    values: leaves
      .filter(({ value: leaf }) => !isObject(leaf))
      .map(({ path, ...leaf }) => ({ path: path.join("."), ...leaf })),
    files,
    warnings: environment.warnings,
  };
}

/** The dialects that these extensions speak. */
const providerKindsOf = (manifests: readonly Manifest[]): string[] =>
  manifests.flatMap(({ contributes }) => [...(contributes?.points?.providers ?? [])]);

function flagLayer(flags: ConfigFlags): Leaf[] {
  const leaves: Leaf[] = [];
  if (flags.host !== undefined)
    leaves.push({ path: ["server", "host"], value: flags.host, source: "flag --host" });
  if (flags.port !== undefined)
    leaves.push({ path: ["server", "port"], value: flags.port, source: "flag --port" });
  if (flags.approvals !== undefined) {
    leaves.push({ path: ["approvals"], value: flags.approvals, source: "flag --approvals" });
  }
  return leaves;
}

/** Checks one leaf by building the object around it; the path is in the source's name already. */
function checkLeaf({ path, value }: Leaf): ConfigProblem[] {
  const whole = path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value);
  return checkConfig(whole, configSchema).map(({ message }) => ({ path: "", message }));
}

function configError(problems: readonly string[]): Error {
  const [only] = problems;
  const message =
    problems.length === 1
      ? `The configuration has a problem: ${only}`
      : `The configuration has ${problems.length} problems:\n${problems.map((problem) => `  - ${problem}`).join("\n")}`;
  return startError(message, { code: "invalid-config", fix: "Nothing was started." });
}
