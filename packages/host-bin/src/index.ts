/** `@dispatch/host-bin`: boots Dispatch inside another program; tests and benchmarks do. The program is `bin/dispatch.js`. */
export { type BootOptions, bootServer, type RunningServer } from "./boot.ts";
export { type CommandLineOptions, runCommandLine } from "./command-line.ts";
export { type ConfigFlags, type LoadConfigOptions, loadConfig } from "./config/load.ts";
export { publishedSchema } from "./config/published-schema.ts";
export { configSchema } from "./config/schema.ts";
export type { Config, ConfigValue, ResolvedConfig } from "./config/types.ts";
export { ajvOptions, checkKey } from "./node-services/schemas/built-checks.ts";
export { bundledExtensions } from "./packages.ts";
export { cliPreset, serverPreset } from "./presets.ts";
export { type ServeOptions, serve } from "./serve.ts";
export { defaultTimes } from "./servers/times.ts";
