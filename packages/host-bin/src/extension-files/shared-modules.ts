/**
 * Modules that the program lends to extension files: the public API and zod. A file gets the program's own copy,
 * wherever it lies, so that handles, errors and schemas are the same objects on both sides.
 */
import * as nodeModule from "node:module";

const names = [
  "@dispatch/kernel",
  "@dispatch/wire",
  "@dispatch/session-orchestrator/ports",
  "@dispatch/transport-http/ports",
  "@dispatch/transport-ws/ports",
  "@dispatch/surfaces/ports",
  "@dispatch/notices/ports",
  "@dispatch/cli/ports",
  "@dispatch/commands/ports",
  "zod",
] as const;

/** Name → address of the program's own file. */
export const sharedModules = (): Readonly<Record<string, string>> =>
  Object.fromEntries(names.map((name) => [name, import.meta.resolve(name)]));

/**
 * The resolver as a module of its own: Node runs it in another thread where it has no hooks in this one. A package below a
 * file's node_modules keeps its own zod; of Dispatch there is one.
 */
const resolver = `
let shared = {}, folders = [];
export function initialize(data) { shared = data.shared; folders = data.folders; }
export function resolve(specifier, context, next) {
  const parent = context.parentURL ?? "";
  const isOurs = Object.hasOwn(shared, specifier) && folders.some((folder) => parent.startsWith(folder));
  const lent = isOurs && (specifier.startsWith("@dispatch/") || !parent.includes("/node_modules/"));
  return lent ? { url: shared[specifier], shortCircuit: true } : next(specifier, context);
}`;

interface Resolver {
  initialize(data: unknown): void;
  readonly resolve: unknown;
}
/** From Node 22.15 on; `register` stands in for it before. */
type RegisterHooks = (hooks: { resolve: unknown }) => unknown;

/**
 * From now on files below these folders (URLs with a slash at the end) get the shared modules by name. Once a process.
 * `first` imports what will be imported anyway: where resolvers run in another thread, each import after this takes longer.
 */
export async function shareModules(
  folders: readonly string[],
  first: () => Promise<unknown> = async () => undefined,
): Promise<void> {
  const data = { shared: sharedModules(), folders };
  const url = `data:text/javascript,${encodeURIComponent(resolver)}`;
  const { registerHooks } = nodeModule as { registerHooks?: RegisterHooks };
  if (!registerHooks) {
    await first();
    nodeModule.register(url, { data });
    return;
  }
  const { initialize, resolve } = (await import(/* @vite-ignore */ url)) as Resolver;
  initialize(data);
  registerHooks({ resolve });
}
