/** The route table: what extensions contributed, checked and ordered. The router and the description of the API are made from it. */
import type { Contribution, ExtensionInfo } from "@dispatch/kernel";
import type { RouteDefinition } from "./ports.ts";

export interface RouteTable {
  /** Most specific first. */
  readonly routes: readonly RouteDefinition[];
  /** What is left out, and why. */
  readonly refused: readonly {
    readonly extensionId: string;
    readonly operation: string;
    readonly reason: string;
  }[];
}

const pathPattern = /^(?:\/|(?:\/(?::[A-Za-z][A-Za-z0-9]*|[A-Za-z0-9._~-]+))+)$/;
const methods: ReadonlySet<string> = new Set(["GET", "POST", "PUT", "PATCH", "DELETE"]);

/** Of two routes with one method and path the first stays. `trustOf`: only bundled extensions have the whole space of paths. */
export function routeTable(
  contributions: readonly Contribution<RouteDefinition>[],
  trustOf: (extensionId: string) => ExtensionInfo["trust"] | undefined,
): RouteTable {
  const taken = new Map<string, RouteDefinition>();
  const refused: RouteTable["refused"][number][] = [];
  for (const { name, value, extensionId } of contributions) {
    const space = trustOf(extensionId) === "bundled" ? "/" : `/ext/${extensionId}/`;
    const address = `${value.method} ${value.path.replaceAll(/:[^/]+/g, ":")}`;
    const holder = taken.get(address);
    const reason =
      wrongWith(name, value, space) ?? (holder && `${address} is taken by the operation ${holder.operation}`);
    if (reason === undefined) taken.set(address, value);
    else refused.push({ extensionId, operation: name, reason });
  }
  return { routes: [...taken.values()].sort(bySpecificity), refused };
}

function wrongWith(
  name: string,
  { method, path, operation }: RouteDefinition,
  space: string,
): string | undefined {
  if (operation !== name)
    return `its operation is "${operation}", which must be the name it is contributed under`;
  if (!methods.has(method)) return `the method ${method} is not served`;
  if (!pathPattern.test(path)) return `the path ${path} is not made of segments that are literal or ":name"`;
  if (!path.startsWith(space)) return `the path ${path} is not below ${space}`;
  return undefined;
}

/** Literal segments before parameters, so `/conversations/resolve` is no conversation. */
function bySpecificity(a: RouteDefinition, b: RouteDefinition): number {
  const key = ({ path }: RouteDefinition) => path.replaceAll(/:[^/]+/g, "\uffff");
  return key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0;
}
