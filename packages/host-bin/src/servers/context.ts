/** What finding, starting and stopping servers works with. */
import type { ServerTarget } from "@dispatch/cli/ports";
import { type DataPaths, dataDirOf, dataPaths, type Environment } from "../paths.ts";
import type { ServerTimes } from "./times.ts";

export interface ServersContext {
  readonly env: Environment;
  /** Absolute. */
  readonly cwd: string;
  readonly version: string;
  /** The program that is started in the background: `node <program> serve`. */
  readonly program: string;
  /** Times in ms; tests make them small. */
  readonly times: ServerTimes;
}

export const pathsOf = (context: ServersContext, target: ServerTarget): DataPaths =>
  dataPaths(dataDirOf({ dataDir: target.dataDir, env: context.env, cwd: context.cwd }));
