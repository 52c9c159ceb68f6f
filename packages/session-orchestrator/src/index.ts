/** The orchestrator as an extension: ports in, `sessions` and the hooks out. */
import { homedir } from "node:os";
import {
  type AnyTool,
  type CompiledSchema,
  defineExtension,
  type HostAPI,
  schemas,
  tools,
} from "@dispatch/kernel";
import type { Settings } from "@dispatch/wire";
import { createConversations } from "./conversation/conversations.ts";
import { recoverAll } from "./conversation/recover.ts";
import type { Core } from "./core.ts";
import { createReadGate } from "./hub/viewer.ts";
import { createIdempotency } from "./idempotency.ts";
import { randomIds } from "./ids.ts";
import { manifest, type OrchestratorSettings } from "./manifest.ts";
import { log, models, ownership, sessions } from "./ports.ts";
import { createSessions } from "./sessions/service.ts";

export { manifest };

type Host = HostAPI<typeof manifest, OrchestratorSettings>;

export default defineExtension<typeof manifest, OrchestratorSettings>(manifest, async (host) => {
  const core = createCore(host);
  const conversations = createConversations(core);
  let admitting = true;
  host.onDispose("running turns", async () => {
    admitting = false;
    await conversations.settle();
  });
  const repaired = await recoverAll(core, (id) => conversations.use(id, async () => undefined));
  if (repaired > 0) host.log.info("repaired interrupted turns", { count: repaired });
  host.provide(
    sessions,
    createSessions({ core, conversations, idempotency: createIdempotency(core), admitting: () => admitting }),
  );
});

function createCore(host: Host): Core {
  const { settings } = host;
  const { compile } = host.get(schemas);
  const compiled = new WeakMap<AnyTool, CompiledSchema>();
  return {
    log: host.get(log),
    ownership: host.get(ownership),
    models: () => host.get(models),
    now: host.now,
    random: Math.random,
    after: (ms, run) => host.timers.after(ms, run),
    sleep: (ms, signal) => host.timers.sleep(ms, signal),
    soon: setImmediate,
    ids: randomIds,
    limits: {
      ...settings,
      turn: {
        toolResultBytes: settings.toolResultBytes,
        toolResultLines: settings.toolResultLines,
        repeatedCalls: settings.repeatedCalls,
        blockLength: settings.blockLength,
        liveOutput: settings.liveOutput,
        abortGraceMs: settings.abortGraceMs,
      },
    },
    defaults: {
      config: settings.defaults as Settings,
      builtIn: {
        effort: "high",
        cwd: settings.cwd ?? homedir(),
        maxSteps: settings.maxSteps,
        approvals: "ask",
      },
    },
    logger: host.log,
    gate: createReadGate(settings.catchUpReads),
    tools: () => host.list(tools),
    compile(tool) {
      let schema = compiled.get(tool);
      if (!schema) {
        schema = compile(tool.parameters);
        compiled.set(tool, schema);
      }
      return schema;
    },
    emit: (event, payload) => host.emit(event as never, payload as never),
    apply: (filter, value, signal) => host.apply(filter as never, value as never, signal),
  };
}
