/** The orchestrator as an extension: ports in, `sessions` and the hooks out. */
import { homedir } from "node:os";
import {
  type AnyTool,
  type CompiledSchema,
  defineExtension,
  type HostAPI,
  hostStarted,
  kv,
  type Redaction,
  redaction,
  schemas,
  tools,
} from "@dispatch/kernel";
import type { Settings } from "@dispatch/wire";
import { createConversations } from "./conversation/conversations.ts";
import type { Core } from "./core.ts";
import { createGate } from "./gate.ts";
import { createIdempotency } from "./idempotency.ts";
import { randomIds } from "./ids.ts";
import { manifest, type OrchestratorSettings } from "./manifest.ts";
import {
  activity,
  approvals,
  attachments,
  draining,
  inbox,
  log,
  models,
  ownership,
  queues,
  sessions,
  workplaces,
} from "./ports.ts";
import { createQueues } from "./queue/queues.ts";
import { noteSuspension } from "./recovery/crashes.ts";
import { createRecovery } from "./recovery/recovery.ts";
import { createApprovals } from "./sessions/approvals.ts";
import { createSessions } from "./sessions/service.ts";
import { createActivity } from "./turn/activity.ts";
import { createDraining } from "./turn/drain.ts";
import { createSlots } from "./turn/slots.ts";

export { manifest };

type Host = HostAPI<typeof manifest, OrchestratorSettings>;

export default defineExtension<typeof manifest, OrchestratorSettings>(manifest, (host) => {
  let admitting = true;
  const core = createCore(
    host,
    (id) => recovery.isPending(id),
    () => admitting,
  );
  const conversations = createConversations(core);
  const recovery = createRecovery(core, conversations, host.settings);
  const { drainMs, recovery: mode } = host.settings;
  const how = mode === "resume" ? "suspended" : "interrupted";
  let leavesCut = false;
  const close = () => {
    // What was not looked at yet is left as it is: no crash either.
    leavesCut ||= recovery.busy();
    admitting = false;
  };
  const note = async () => {
    if (mode === "resume") await noteSuspension(host.find(kv));
  };
  const end = async () => {
    close();
    if ((await conversations.settle(how)) > 0 || leavesCut) await note();
  };
  host.provide(draining, createDraining({ core, conversations, drainMs, how, close, note, end }));
  // Of a stop that waited for nobody.
  host.onDispose("running turns", end);
  // Only now: resumed turns need the tools and hooks of everybody.
  host.on(hostStarted, () => {
    recovery.run(host.find(kv)).catch((error: unknown) => {
      host.log.error("turns that a crash cut could not be looked for", { error: String(error) });
    });
  });
  host.provide(activity, createActivity(core, conversations));
  host.provide(approvals, createApprovals({ core, conversations, recovery }));
  const idempotency = createIdempotency(core);
  const parts = { core, conversations, idempotency, recovery, admitting: () => admitting };
  host.provide(sessions, createSessions(parts));
  host.provide(queues, createQueues(parts));
});

function createCore(host: Host, recovering: Core["recovering"], admitting: Core["admitting"]): Core {
  const { settings } = host;
  const { compile } = host.get(schemas);
  const unusable = new Set<string>();
  const compiled = new WeakMap<AnyTool, CompiledSchema>();
  return {
    log: host.get(log),
    ownership: host.get(ownership),
    models: () => host.get(models),
    inbox: () => host.find(inbox),
    workplaces: () => host.find(workplaces),
    attachments: () => host.find(attachments),
    leavesTurns: () => !admitting() && settings.recovery === "resume",
    recovering,
    admitting,
    isWaiting: (name) => host.list(tools).find((tool) => tool.name === name)?.value.onlyWaits === true,
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
      workspaces: settings.workspaces,
      builtIn: {
        effort: "high",
        cwd: settings.cwd ?? homedir(),
        maxSteps: settings.maxSteps,
        approvals: "ask",
      },
    },
    logger: host.log,
    redaction: host.find(redaction) ?? nothingToHide,
    slots: createSlots({ total: settings.maxRunningTurns, perCredential: settings.maxRunningPerCredential }),
    prices: settings.prices,
    gate: createGate(settings.catchUpReads),
    tools: () => host.list(tools),
    compile(tool) {
      let schema = compiled.get(tool);
      if (!schema) {
        schema = compile(tool.parameters);
        compiled.set(tool, schema);
      }
      return schema;
    },
    unusableTool(name, extensionId, error) {
      if (unusable.has(name)) return;
      unusable.add(name);
      host.log.error("a tool is left out: its schema cannot be read", {
        tool: name,
        by: extensionId,
        error: String(error),
      });
    },
    emit: (event, payload) => host.emit(event as never, payload as never),
    apply: (filter, value, signal) => host.apply(filter as never, value as never, signal),
  };
}

/** Where the host program knows no secrets. */
const nothingToHide: Redaction = {
  text: (text) => text,
  stream: () => ({ push: (text) => text, end: () => "" }),
};
