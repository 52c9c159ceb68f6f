/** What `dispatch doctor` finds: lines that are right or wrong, the wrong ones with what to do. */

import type { FoundServer } from "@dispatch/cli/ports";
import type { ExtensionSource } from "@dispatch/kernel/host";
import type { ConfigAnswer } from "@dispatch/wire";
import type { ResolvedConfig } from "../config/types.ts";
import type { DataPaths } from "../paths.ts";
import type { ServersContext } from "../servers/context.ts";

export interface Finding {
  /** What was looked at: `node`, `data folder`, `credential openai`. */
  readonly name: string;
  readonly ok: boolean;
  /** Never a secret's value. */
  readonly message: string;
  readonly fix?: string;
}

export const right = (name: string, message: string): Finding => ({ name, ok: true, message });
export const wrong = (name: string, message: string, fix: string): Finding => ({
  name,
  ok: false,
  message,
  fix,
});

/** What the checks look at; gathered once. */
export interface Patient extends Pick<ServersContext, "env" | "cwd" | "version"> {
  readonly paths: DataPaths;
  /** Undefined: none runs. */
  readonly server: FoundServer | undefined;
  /** What it says that it runs with; undefined when none runs or it does not say. */
  readonly serverConfig: ConfigAnswer | undefined;
  readonly bundled: readonly ExtensionSource[];
  /** Undefined: the configuration is wrong, and a finding says so. */
  readonly config: ResolvedConfig | undefined;
}
