/** `@dispatch/store-level`: the services `log`, `ownership` and `kv`, kept in a level database in the data folder. */
import { defineExtension, kv } from "@dispatch/kernel";
import { log, ownership, storeHealth } from "@dispatch/session-orchestrator/ports";
import { createHealth } from "./health.ts";
import { manifest, type StoreSettings } from "./manifest.ts";
import type { Report } from "./open.ts";
import { openStore } from "./store.ts";

export default defineExtension<typeof manifest, StoreSettings>(manifest, async (host) => {
  const health = createHealth(host.now);
  const report: Report = (level, sentence, kind) => {
    host.log[level](sentence);
    health.take(level, sentence, kind);
  };
  const store = await openStore(host.settings, { now: host.now(), report });
  host.onDispose("store", () => store.close());
  await health.settle(store.kv);
  host.provide(storeHealth, { report: health.report });
  host.provide(log, store.log);
  host.provide(ownership, store.ownership);
  host.provide(kv, store.kv);
  host.timers.after(1_000, () => store.check(host.signal));
  host.timers.every(host.settings.sweepIntervalMs, () => store.sweep(host.now()));
});
