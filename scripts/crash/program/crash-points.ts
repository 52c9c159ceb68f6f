/**
 * An extension that kills its own server at a named point. It is a store as a third party would bring one: the bundled one
 * is disabled, this one runs it and stands between it and everybody else. Not a line of the product knows of it.
 */
import { appendFileSync } from "node:fs";
import { defineExtension, defineManifest, type HostAPI, type KeyValue, kv } from "@dispatch/kernel";
import {
  afterTool,
  beforeTool,
  type ConversationLog,
  type LogBatch,
  log,
} from "@dispatch/session-orchestrator/ports";
import store from "@dispatch/store-level";
import type { Plan } from "../points.ts";

export const manifest = defineManifest({
  id: "crash-points",
  version: "1.0.0",
  apiVersion: "^1.0.0",
  description: "Kills the server at a named point.",
  // Whatever the bundled store provides.
  contributes: store.manifest.contributes ?? {},
  listens: { filters: ["session-orchestrator/beforeTool", "session-orchestrator/afterTool"] },
  settings: store.manifest.settings ?? {},
});

/** `CRASH_PLAN`: where to die. `CRASH_FILE`: told right before. */
export default defineExtension(manifest, async (host) => {
  const plan = JSON.parse(process.env.CRASH_PLAN ?? "null") as Plan | null;
  const { reach, isNext } = createReach(plan);
  const provide = (handle: { id: string }, service: never): unknown => {
    const ours =
      handle.id === log.id
        ? slowedLog(service, reach, isNext)
        : handle.id === kv.id
          ? watchedKv(service, reach)
          : service;
    return host.provide(handle as never, ours as never);
  };
  await store.activate({ ...host, provide } as unknown as HostAPI as never);
  host.filter(beforeTool, (call) => {
    reach("tool:allowed");
    return call;
  });
  host.filter(afterTool, (result) => {
    reach("tool:ended");
    return result;
  });
});

type Reach = (name: string) => void;

function createReach(plan: Plan | null): { reach: Reach; isNext: (name: string) => boolean } {
  let left = plan?.nth ?? 0;
  const die = (): void => {
    if (process.env.CRASH_FILE) appendFileSync(process.env.CRASH_FILE, `${plan?.point}\n`);
    process.kill(process.pid, "SIGKILL");
  };
  return {
    isNext: (name) => plan?.point === name && left === 1,
    reach(name) {
      if (plan?.point !== name) return;
      left -= 1;
      if (left !== 0) return;
      if (plan.delayMs < 0) die();
      else setTimeout(die, plan.delayMs);
    },
  };
}

function slowedLog(inner: ConversationLog, reach: Reach, isNext: (name: string) => boolean): ConversationLog {
  let recovering: ReadonlySet<string> = new Set();

  async function write(batch: LogBatch): Promise<void> {
    const types = typesOf(batch);
    const inRecovery = recovering.has(batch.conversationId) && batch.entries.length > 0;
    const names = (when: string): string[] => [
      ...types.map((type) => (type === "checkpoint" ? `checkpoint:${when}` : `append:${when}:${type}`)),
      ...(inRecovery ? [`recovery:${when}`] : []),
    ];
    for (const name of names("before")) reach(name);
    const stalled = names("stalled");
    if (stalled.some(isNext)) {
      for (const name of stalled) reach(name);
      return new Promise(() => undefined); // the process ends before this write would begin
    }
    for (const name of stalled) reach(name);
    const written = inner.append(batch);
    if (names("during").some(isNext)) await new Promise(setImmediate); // it is on its way to the disk's thread
    for (const name of names("during")) reach(name);
    await written;
    for (const name of names("after")) reach(name);
    if (types.includes("tool-start")) reach("tool:running");
    if (types.includes("provider-retry")) reach("retry:sleeping");
    if (types.includes("approval-requested")) reach("approval:waiting");
  }

  return {
    ...inner,
    append: write,
    async running() {
      const ids = await inner.running();
      if (ids.length > 0) {
        recovering = new Set(ids);
        reach("recovery:found");
      }
      return ids;
    },
    async read(id, ...args) {
      if (recovering.has(id)) reach("recovery:read");
      return inner.read(id, ...args);
    },
    async delete(id) {
      reach("delete:before");
      const deleted = inner.delete(id);
      await Promise.resolve();
      reach("delete:during");
      await deleted;
      reach("delete:after");
    },
  };
}

function typesOf({ entries, increments }: LogBatch): string[] {
  const types = entries.map(({ json }) => (JSON.parse(json) as { type: string }).type);
  return [...new Set([...types, ...(increments?.length ? ["checkpoint"] : [])])];
}

const watchedKv = (inner: KeyValue, reach: Reach): KeyValue => ({
  ...inner,
  async set(...args) {
    reach("kv:before");
    const done = await inner.set(...args);
    reach("kv:after");
    return done;
  },
  async delete(...args) {
    reach("kv:before");
    const done = await inner.delete(...args);
    reach("kv:after");
    return done;
  },
});
