/**
 * A stage for tests of features: the real host and orchestrator over a memory store, a scripted provider as the model
 * `test/scripted`, and whatever extensions the test brings.
 */
import { defineExtension, defineManifest, type Extension, type Provider } from "@dispatch/kernel";
import { createTestHost, type FakeClock, fakeClock, type TestHost } from "@dispatch/kernel/testing";
import { dispatchError } from "@dispatch/wire";
import orchestrator from "../index.ts";
import { log, models, ownership, type Sessions, sessions } from "../ports.ts";
import { type MemoryLog, memoryLog } from "./memory-log.ts";

export interface StageOptions {
  readonly provider: Provider;
  readonly extensions?: readonly Extension[];
  /** Settings of the orchestrator. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Settings of the other extensions, by id. */
  readonly others?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** What another stage left behind. */
  readonly store?: MemoryLog;
  readonly clock?: FakeClock;
}

export interface SessionStage {
  readonly host: TestHost;
  readonly sessions: Sessions;
  readonly store: MemoryLog;
  readonly clock: FakeClock;
}

const storeManifest = defineManifest({
  id: "memory-store",
  version: "1.0.0",
  apiVersion: "^1.0.0",
  contributes: { services: ["session-orchestrator/log", "session-orchestrator/ownership"] },
});
const modelsManifest = defineManifest({
  id: "test-models",
  version: "1.0.0",
  apiVersion: "^1.0.0",
  contributes: { services: ["session-orchestrator/models"] },
});

/** Starts it; end with `await stage.host.stop()`. */
export async function startStage(options: StageOptions): Promise<SessionStage> {
  const store = options.store ?? memoryLog();
  const clock = options.clock ?? fakeClock();
  const storeExtension = defineExtension(storeManifest, (host) => {
    host.provide(log, store);
    host.provide(ownership, store);
  });
  const modelsExtension = defineExtension(modelsManifest, (host) => {
    host.provide(models, {
      async resolve(name = "test/scripted") {
        if (name !== "test/scripted")
          throw dispatchError("unknown-model", `There is no model ${name}; did you mean test/scripted?`);
        return { id: name, model: "scripted", provider: options.provider, contextWindow: 1_000 };
      },
      list: async () => ({
        items: [{ id: "test/scripted", credential: "test", provider: "scripted" }],
        failures: [],
      }),
    });
  });
  const host = createTestHost({
    clock,
    extensions: [storeExtension, modelsExtension, orchestrator, ...(options.extensions ?? [])],
    settings: {
      ...options.others,
      "session-orchestrator": { cwd: "/", defaults: { approvals: "full" }, ...options.settings },
    },
  });
  const { problems } = await host.start();
  if (problems.length > 0) throw new Error(`the stage did not start: ${JSON.stringify(problems)}`);
  return { host, sessions: host.get(sessions), store, clock };
}
