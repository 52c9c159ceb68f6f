/** `@dispatch/store-level`: the services `log`, `ownership` and `kv`, kept in a level database in the data folder. */
import { defineExtension, kv } from "@dispatch/kernel";
import { log, ownership } from "@dispatch/session-orchestrator/ports";
import { manifest, type StoreSettings } from "./manifest.ts";
import { openStore } from "./store.ts";

export default defineExtension<typeof manifest, StoreSettings>(manifest, async (host) => {
  const store = await openStore(host.settings, host.now());
  host.onDispose("store", () => store.close());
  host.provide(log, store.log);
  host.provide(ownership, store.ownership);
  host.provide(kv, store.kv);
  host.timers.every(host.settings.sweepIntervalMs, () => store.sweep(host.now()));
});
