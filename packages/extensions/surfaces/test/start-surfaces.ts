/** Surfaces on the real transports and orchestrator, with surfaces that a test drives by hand. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineExtension, defineManifest, type Extension, kv } from "@dispatch/kernel";
import { expectNoLeaks, scriptedProvider } from "@dispatch/kernel/testing";
import { memoryKv, type SessionStage, startStage } from "@dispatch/session-orchestrator/testing";
import http from "@dispatch/transport-http";
import { type Credentials, credentials, listener } from "@dispatch/transport-http/ports";
import socketTransport from "@dispatch/transport-ws";
import type { SurfaceUpdate } from "@dispatch/wire";
import surfacesExtension from "../src/index.ts";
import { type SurfaceAction, type SurfaceDefinition, type SurfaceState, surfaces } from "../src/ports.ts";
import { connect, type SocketClient } from "./socket-client.ts";

export const stat = (value: number): SurfaceState => ({
  parts: [{ kind: "stat", id: "n", label: "N", value }],
});

/** A surface whose values a test sets; counts how often it is watched and read. */
export interface Driven {
  readonly definition: SurfaceDefinition;
  set(value: number, target?: string): void;
  /** What `read` gives instead: thrown when it is an error. */
  answer: undefined | (() => SurfaceState | Promise<SurfaceState>);
  readonly watched: Map<string, number>;
  reads: number;
  /** Calls `changed` of whoever watches. */
  changed(target?: string): void;
}

export function driven(
  scope: SurfaceDefinition["scope"],
  actions?: Readonly<Record<string, SurfaceAction>>,
): Driven {
  const values = new Map<string, number>();
  const watchers = new Set<{ readonly target: string; readonly changed: () => void }>();
  const watched = new Map<string, number>();
  const count = (target: string, by: number) => watched.set(target, (watched.get(target) ?? 0) + by);
  const self: Driven = {
    answer: undefined,
    watched,
    reads: 0,
    definition: {
      title: `Driven ${scope}`,
      scope,
      async read(target = "") {
        self.reads += 1;
        return self.answer ? self.answer() : stat(values.get(target) ?? 0);
      },
      watch(target = "", changed) {
        const watcher = { target, changed };
        watchers.add(watcher);
        count(target, 1);
        return () => {
          if (watchers.delete(watcher)) count(target, -1);
        };
      },
      actions,
    },
    set(value, target = "") {
      values.set(target, value);
      self.changed(target);
    },
    changed(target = "") {
      for (const each of [...watchers]) if (each.target === target) each.changed();
    },
  };
  return self;
}

/** An extension that contributes these surfaces. */
export function contributing(id: string, given: Readonly<Record<string, SurfaceDefinition>>): Extension {
  const manifest = defineManifest({
    id,
    version: "1.0.0",
    apiVersion: "^1.0.0",
    dependsOn: { surfaces: "*" },
    contributes: { points: { "surfaces/surfaces": Object.keys(given) } },
  });
  return defineExtension(manifest, (host) => {
    for (const [name, definition] of Object.entries(given)) host.contribute(surfaces, name, definition);
  });
}

const store = defineExtension(
  defineManifest({
    id: "test-kv",
    version: "1.0.0",
    apiVersion: "^1.0.0",
    contributes: { services: ["kv"] },
  }),
  (host) => {
    host.provide(kv, memoryKv());
  },
);

export const token = "0123456789abcdef-test-token";

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface SurfaceStage extends SessionStage {
  readonly credentials: Credentials;
  connect(token?: string): Promise<SocketClient>;
  get(path: string): Promise<Answer>;
  post(path: string, body: unknown, key?: string): Promise<Answer>;
  /** Ends it, and throws when anything of it is left. */
  stop(): Promise<void>;
}

export async function startSurfaces(
  extensions: readonly Extension[] = [],
  settings: Readonly<Record<string, unknown>> = {},
): Promise<SurfaceStage> {
  const folder = await mkdtemp(join(tmpdir(), "surfaces-"));
  const tokenFile = join(folder, "token");
  await writeFile(tokenFile, token);
  const stage = await startStage({
    provider: scriptedProvider([]),
    extensions: [store, http, socketTransport, surfacesExtension, ...extensions],
    others: {
      surfaces: settings,
      "transport-http": { port: 0, tokenFile, shutdownMs: 300 },
      "transport-ws": { closeMs: 300 },
    },
  });
  const { url, port } = stage.host.get(listener);
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const ask = async (path: string, init: RequestInit = {}): Promise<Answer> => {
    const answer = await fetch(url + path, { ...init, headers: { ...headers, ...init.headers } });
    return { status: answer.status, body: (await answer.json()) as Answer["body"] };
  };
  return {
    ...stage,
    credentials: stage.host.get(credentials),
    connect: (given = token) => connect(port, given),
    get: (path) => ask(path),
    post: (path, body, key) =>
      ask(path, {
        method: "POST",
        body: JSON.stringify(body),
        headers: key === undefined ? {} : { "idempotency-key": key },
      }),
    async stop() {
      await stage.host.stop();
      expectNoLeaks(stage.host);
      await rm(folder, { recursive: true });
    },
  };
}

/** The updates a client got of a surface, in order. */
export const updatesOf = ({ frames }: SocketClient, surface: string): SurfaceUpdate[] =>
  frames.filter((frame) => frame.type === "surface.update" && frame.surface === surface) as never;

/** The value of `stat` in a state. */
export const shownValue = (frame: Readonly<Record<string, unknown>>): number | undefined =>
  (frame.state as { parts: { value: number }[] } | undefined)?.parts[0]?.value;
