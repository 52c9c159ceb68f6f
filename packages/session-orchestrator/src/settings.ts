/** Effective settings: per turn → conversation → config → built-in, each value with where it comes from. */
import {
  type Effort,
  type MetaPatch,
  type PatchBody,
  type SettingName,
  type SettingSource,
  type Settings,
  settingNames,
} from "@dispatch/wire";

export interface Defaults {
  /** From configuration. */
  readonly config: Settings;
  /** Working directory by workspace, from configuration. */
  readonly workspaces?: Readonly<Record<string, string>> | undefined;
  readonly builtIn: Settings & { readonly effort: Effort; readonly cwd: string; readonly maxSteps: number };
}

/** The defaults that hold in a workspace. */
export function defaultsIn(defaults: Defaults, workspace: string | undefined): Defaults {
  const { workspaces = {} } = defaults;
  if (workspace === undefined || !Object.hasOwn(workspaces, workspace)) return defaults;
  return { ...defaults, config: { ...defaults.config, cwd: workspaces[workspace] } };
}

export interface Sourced {
  readonly value: unknown;
  readonly source: SettingSource;
}

/** The value of one setting and its source; undefined when nothing sets it. */
function sourced(
  name: SettingName,
  turn: Settings,
  conversation: Settings,
  defaults: Defaults,
): Sourced | undefined {
  const layers: readonly (readonly [SettingSource, Settings])[] = [
    ["turn", turn],
    ["conversation", conversation],
    ["config", defaults.config],
    ["built-in", defaults.builtIn],
  ];
  for (const [source, layer] of layers) if (layer[name] !== undefined) return { value: layer[name], source };
  return undefined;
}

/** All effective settings with their sources. Values of `env` are not shown, only their names. */
export function effectiveSettings(
  turn: Settings,
  conversation: Settings,
  defaults: Defaults,
): Record<string, Sourced> {
  const all: Record<string, Sourced> = {};
  for (const name of settingNames) {
    const found = sourced(name, turn, conversation, defaults);
    if (found) all[name] = name === "env" ? { ...found, value: Object.keys(found.value as object) } : found;
  }
  return all;
}

export type TurnSettings = Settings & { effort: Effort; cwd: string; maxSteps: number };

/** The settings of a turn, merged. */
export function mergedSettings(turn: Settings, conversation: Settings, defaults: Defaults): TurnSettings {
  const merged: Record<string, unknown> = {};
  for (const name of settingNames) {
    const found = sourced(name, turn, conversation, defaults);
    if (found) merged[name] = found.value;
  }
  return merged as TurnSettings;
}

/** The settings among a body's fields. */
export function settingsIn(body: Readonly<Record<string, unknown>>): Settings {
  const found: Record<string, unknown> = {};
  for (const name of settingNames) if (body[name] !== undefined) found[name] = body[name];
  return found as Settings;
}

/** A PATCH body as a record's patch: settings under `settings` and beside the rest are the same. */
export function patchOf(body: PatchBody): MetaPatch {
  const { title, labels, pinned, workspace, settings = {} } = body;
  const flat = settingsIn(body as Record<string, unknown>);
  const all = { ...flat, ...settings } as NonNullable<MetaPatch["settings"]>;
  return {
    ...(title === undefined ? {} : { title }),
    ...(labels === undefined ? {} : { labels }),
    ...(pinned === undefined ? {} : { pinned }),
    ...(workspace === undefined ? {} : { workspace }),
    ...(Object.keys(all).length === 0 ? {} : { settings: all }),
  };
}
