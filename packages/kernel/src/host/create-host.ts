/** The host: orders, activates, connects and stops extensions. It always starts; what cannot run says why. */
import { createEvents } from "../bus/events.ts";
import { messageOf } from "../bus/fault.ts";
import { createFilters } from "../bus/filters.ts";
import { createPoints } from "../bus/points.ts";
import { createServices } from "../bus/services.ts";
import type { PointHandle, ServiceHandle } from "../contracts/handles.ts";
import type { Contribution, ExtensionInfo } from "../contracts/host-api.ts";
import { extensionsChanged, hostStarted } from "../contracts/points.ts";
import { redaction } from "../contracts/redaction.ts";
import { schemas } from "../contracts/schema.ts";
import { createActivation } from "./activation.ts";
import { type Entry, infoOf } from "./entry.ts";
import { createLookup } from "./lookup.ts";
import type { BootReport, ExtensionSource, Host, HostOptions } from "./options.ts";
import { type Plan, planOrder } from "./order.ts";
import { markBroken, planEntries, prepare, problemsOf } from "./prepare.ts";
import { createReload } from "./reload.ts";
import { formatReport } from "./report.ts";
import type { Runtime, Settled } from "./runtime.ts";
import { createScope, type Scope } from "./scope.ts";

/** Stands for the host program where an extension id is expected; no extension can have it. */
const program = "(program)";

/**
 * Makes a host. Nothing happens before `start`.
 * @example
 * const host = createHost({ clock, log, compileSchema, satisfies, secrets, settings: () => ({}) });
 * host.add({ manifest, trust: "bundled", load: () => import("./hello.ts").then((m) => m.default) });
 * const { problems } = await host.start();
 */
export function createHost(given: HostOptions): Host {
  const options: Settled = {
    activationTimeoutMs: 10_000,
    stopTimeoutMs: 5_000,
    eventTimeoutMs: 30_000,
    ...given,
    satisfies(version, range) {
      try {
        return given.satisfies(version, range);
      } catch {
        return false; // a range that cannot be read fits no version, and must not stop the boot
      }
    },
  };
  const { clock, satisfies } = options;
  const sources: ExtensionSource[] = [];
  const entries = new Map<string, Entry>();
  const scopes = new Set<Scope>();
  let rejected: readonly ExtensionInfo[] = [];
  let warnings: { extensionId: string; message: string }[] = [];
  let plan: Plan = planOrder({ manifests: [], satisfies });
  let programScope: Scope | undefined;
  let phase: "idle" | "running" | "stopping" = "idle";
  let starting: Promise<BootReport> | undefined;
  let stopping: Promise<void> | undefined;
  let durationMs = 0;
  let [hasStarted, announcing] = [false, false];

  const log: Runtime["log"] = (level, extensionId, message, fields) => {
    try {
      options.log({ level, extensionId, message, fields });
    } catch {
      // A log that fails must not take an extension's place; there is nowhere left to say so.
    }
  };
  const fault: Runtime["fault"] = (extensionId, where, error) => {
    const message = messageOf(error);
    const entry = entries.get(extensionId);
    if (entry) {
      entry.faults += 1;
      entry.lastFault = `${where}: ${message}`;
      // A listener that fails at the news of a fault would make news for ever.
      if (where !== `event ${extensionsChanged.id}`) changed();
    }
    log(
      "error",
      extensionId,
      `${where}: ${message}`,
      error instanceof Error ? { stack: error.stack } : undefined,
    );
    try {
      options.onFault?.({ extensionId, where, message, error });
    } catch (failure) {
      log("error", extensionId, `onFault failed: ${messageOf(failure)}`);
    }
  };

  function changed(): void {
    if (announcing || phase !== "running") return;
    announcing = true;
    void Promise.resolve().then(() => {
      announcing = false;
      events.emit(extensionsChanged.id, undefined);
    });
  }

  const isActive = (id: string) => id === program || entries.get(id)?.state === "active";
  const rank = (id: string) => plan.order.indexOf(id);
  const services = createServices(isActive);
  const points = createPoints({ fault, isActive, rank, wake: (id) => void lookup.wake("point", id) });
  const events = createEvents({
    clock,
    fault,
    timeoutMs: options.eventTimeoutMs,
    wake: (id) => lookup.wake("event", id),
  });
  const filters = createFilters({
    clock,
    fault,
    rank,
    isBefore: (a, b) => plan.isBefore(a, b),
    wake: (id, caller) => lookup.wake("filter", id, caller),
  });

  const runtime: Runtime = {
    options,
    log,
    fault,
    entries,
    plan: () => plan,
    events,
    filters,
    points,
    services,
    activate: (entry) => activate(entry),
    extensions: rows,
    changed,
    isStopping: () => phase !== "running",
  };
  const lookup = createLookup(runtime);
  const warn = (extensionId: string, message: string) => {
    warnings.push({ extensionId, message });
    log("warn", extensionId, message);
  };
  const opened = (scope: Scope) => {
    for (const each of scopes)
      if (each.state() === "closed" && each.labels().length === 0) scopes.delete(each);
    scopes.add(scope);
  };
  const activate = createActivation({ runtime, lookup, warn, opened });
  const reload = createReload({
    runtime,
    setPlan(next) {
      plan = next;
      points.reorder();
    },
    forgetWarnings: (ids) => {
      warnings = warnings.filter((each) => !ids.includes(each.extensionId));
    },
    onRestarted(ids) {
      if (hasStarted) events.emit(hostStarted.id, { durationMs }, ids);
    },
  });

  function rows(): readonly ExtensionInfo[] {
    const ordered = plan.order.flatMap((id) => entries.get(id) ?? []);
    const rest = [...entries.values()].filter((entry) => !ordered.includes(entry));
    return [...[...ordered, ...rest].map(infoOf), ...rejected];
  }

  async function boot(): Promise<BootReport> {
    const started = clock.now();
    const prepared = await prepare(sources, options);
    rejected = prepared.rejected;
    for (const [id, entry] of prepared.entries) entries.set(id, entry);
    plan = planEntries(entries, satisfies);
    points.reorder();
    warnings = [...plan.warnings];
    markBroken(entries, plan);
    for (const { id, reason } of rows()) if (reason !== undefined) log("warn", id, reason);
    const atStartup = plan.order
      .flatMap((id) => entries.get(id) ?? [])
      .filter((entry) => entry.state === "pending");
    await Promise.all(atStartup.map(activate));
    await reload.idle(); // one that came meanwhile has begun some of them anew
    durationMs = clock.now() - started;
    events.emit(hostStarted.id, { durationMs });
    hasStarted = true;
    return { extensions: rows(), problems: problemsOf(rows(), warnings), durationMs };
  }

  async function stopAll(): Promise<void> {
    phase = "stopping";
    for (const id of [...plan.order].reverse()) {
      const entry = entries.get(id);
      if (!entry) continue;
      await entry.scope?.dispose();
      if (entry.state === "active" || entry.state === "lazy" || entry.state === "pending")
        entry.state = "stopped";
    }
    await starting;
    await reload.idle();
    await programScope?.dispose();
    phase = "idle";
  }

  return {
    add(source) {
      if (phase !== "idle") throw new Error("extensions are added before start; use reload for new code");
      sources.push(source);
    },
    async start() {
      if (phase !== "idle") throw new Error("the host is started already");
      [phase, hasStarted] = ["running", false];
      entries.clear();
      programScope = createScope({
        owner: program,
        clock,
        timeoutMs: options.stopTimeoutMs,
        fault: (where, error) => fault(program, where, error),
      });
      opened(programScope);
      const value = { compile: options.compileSchema };
      const provided = { extensionId: program, value, version: schemas.version };
      programScope.add(`service ${schemas.id}`, services.add(schemas.id, provided));
      if (options.redaction) {
        const own = { extensionId: program, value: options.redaction, version: redaction.version };
        programScope.add(`service ${redaction.id}`, services.add(redaction.id, own));
      }
      starting = boot();
      return starting;
    },
    async stop() {
      if (phase === "running") stopping = stopAll();
      await stopping;
    },
    reload: (extensionId, source) => reload.run(extensionId, source),
    fault,
    get: <T>(service: ServiceHandle<string, T>) => lookup.get(service.id) as T,
    find: <T>(service: ServiceHandle<string, T>) => lookup.find(service.id) as T | undefined,
    load: <T>(service: ServiceHandle<string, T>) => lookup.load(service.id) as Promise<T>,
    list: <T>(point: PointHandle<string, T>) => points.list(point.id) as readonly Contribution<T>[],
    watch(point, changed) {
      if (!programScope) throw new Error("the host is not started");
      return programScope.add(`watch ${point.id}`, points.watch(point.id, { extensionId: program, changed }));
    },
    extensions: rows,
    report: () => {
      const requires = (id: string) => [...(plan.requires.get(id) ?? [])].sort((a, b) => rank(a) - rank(b));
      return formatReport({ extensions: rows(), requires, problems: problemsOf([], warnings), durationMs });
    },
    leaks: () => {
      const owned = [...scopes].flatMap((scope) => scope.labels());
      const registered = [events, filters, points, services].flatMap((each) => each.labels());
      return [...new Set([...owned, ...registered])];
    },
  };
}
