/** The host as a third party's extension gets it: whatever it registers runs as its own, and garbage answers are counted. */
import type { HostAPI } from "@dispatch/kernel";
import { isDispatchError } from "@dispatch/wire";
import type { Strays } from "./strays.ts";

type Callback = (...args: unknown[]) => unknown;

/** The verbs that take code. Their types were checked where they were called; here a handle is its id. */
interface Verbs {
  contribute(point: { readonly id: string }, name: string, value: unknown): unknown;
  provide(service: unknown, value: unknown): unknown;
  on(event: unknown, handler: Callback): unknown;
  filter(filter: unknown, handler: Callback, order?: unknown): unknown;
  watch(point: unknown, changed: Callback): unknown;
  onDispose(label: string, undo: Callback): void;
}

export function trackedHost(host: HostAPI, strays: Strays): HostAPI {
  const { timers } = host;
  const verbs = host as unknown as Verbs;
  const own =
    (code: Callback): Callback =>
    (...args) =>
      strays.run(host, () => code(...args));
  const ownCode = (value: unknown, look?: Looks) =>
    tracked(value, (method, run) => own(look?.[method] ? look[method](run) : run));

  const tracking: Verbs = {
    contribute: (point, name, value) =>
      verbs.contribute(point, name, ownCode(value, looksOf(point.id, name, host.id, strays))),
    provide: (service, value) => verbs.provide(service, ownCode(value)),
    on: (event, handler) => verbs.on(event, own(handler)),
    filter: (filter, handler, order) => verbs.filter(filter, own(handler), order),
    watch: (point, changed) => verbs.watch(point, own(changed)),
    onDispose: (label, undo) => verbs.onDispose(label, own(undo)),
  };
  const trackedTimers: HostAPI["timers"] = {
    ...timers,
    after: (ms, run) => timers.after(ms, () => strays.run(host, run)),
    every: (ms, run) => timers.every(ms, () => strays.run(host, run)),
  };
  return Object.freeze({ ...host, ...tracking, timers: trackedTimers }) as unknown as HostAPI;
}

/** By name of a method: what is looked at when it was called. */
type Looks = Readonly<Record<string, (run: Callback) => Callback>>;

/** What the callers of these points forgive silently, and its author should hear of. */
function looksOf(point: string, name: string, id: string, strays: Strays): Looks | undefined {
  if (point === "tools") {
    const check = (answer: unknown) => {
      const { output } = (answer ?? {}) as { output?: unknown };
      if (typeof output === "string") return;
      const gave = answer === undefined ? "nothing" : `a value without the text \`output\``;
      const error = new Error(`it gave ${gave}; return { output: "…" } from execute`);
      strays.report(id, `tool ${name}`, error);
    };
    return { execute: (run) => afterwards(run, { gave: check }) };
  }
  if (point === "transport-http/routes") {
    const threw = (error: unknown) => {
      if (!isDispatchError(error)) strays.report(id, `route ${name}`, error);
    };
    return { handle: (run) => afterwards(run, { threw }) };
  }
  return undefined;
}

interface Afterwards {
  readonly gave?: (answer: unknown) => void;
  readonly threw?: (error: unknown) => void;
}

const afterwards =
  (run: Callback, { gave, threw }: Afterwards): Callback =>
  async (...args) => {
    try {
      const answer = await run(...args);
      gave?.(answer);
      return answer;
    } catch (error) {
      threw?.(error);
      throw error;
    }
  };

/** The same value with its methods passed through `wrap`; they are still called on the value itself. */
function tracked(value: unknown, wrap: (method: string, run: Callback) => Callback): unknown {
  if (typeof value === "function") return wrap("", value as Callback);
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const copy: object = Object.create(Object.getPrototypeOf(value));
  for (let at: object | null = value; at && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(at))) {
      if (Object.hasOwn(copy, name) || name === "constructor") continue;
      const { value: run } = property;
      const method =
        typeof run === "function" ? wrap(name, (...args) => Reflect.apply(run, value, args)) : undefined;
      if (method) Object.defineProperty(copy, name, { ...property, value: method, configurable: true });
      else if (property.get)
        Object.defineProperty(copy, name, {
          get: () => Reflect.get(value, name),
          enumerable: property.enumerable === true,
        });
      else if (at === value) Object.defineProperty(copy, name, { ...property, configurable: true });
    }
  }
  return copy;
}
