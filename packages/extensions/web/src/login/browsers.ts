/** Browsers that are logged in: each has a token of its own, which only its hash is kept of, until it is not used for long. */
import { createHash } from "node:crypto";
import type { Logger, Storage } from "@dispatch/kernel";
import { type Credentials, type Lease, type Scope, tokenPrefix } from "@dispatch/transport-http/ports";
import * as z from "zod";

export interface Browser {
  /** `web-…`, which is also the id of its credential. */
  readonly id: string;
  /** Like `Firefox on Linux`. */
  readonly name: string;
  readonly createdAt: number;
  /** Exact to the hour after a restart. */
  readonly lastUsedAt: number;
  readonly expiresAt: number;
}

export interface BrowsersOptions {
  readonly storage: Storage;
  readonly credentials: Credentials;
  /** Unix ms. */
  readonly now: () => number;
  readonly random: (bytes: number) => Buffer;
  readonly log: Logger;
  /** A browser not used for so long is logged out, in ms. */
  readonly idleMs: number;
  readonly maxBrowsers: number;
}

export interface Browsers {
  /** Lets in those of earlier runs. */
  load(): Promise<void>;
  /** Logs one in: the only time its token is known. */
  add(name: string): Promise<{ readonly id: string; readonly token: string }>;
  /** Last used first. */
  list(): readonly Browser[];
  /** False: there is none with this id. */
  revoke(id: string): Promise<boolean>;
  /** Logs out what is too old, writes down what was used. */
  sweep(): Promise<void>;
  /** Lets nobody in until they are loaded again. */
  forget(): void;
}

const kept = z.object({
  id: z.string(),
  name: z.string(),
  tokenHash: z.string(),
  createdAt: z.number(),
  lastUsedAt: z.number(),
});
type Kept = z.infer<typeof kept>;

/** What a browser may do: everything but the administration of the server. */
export const browserScopes: readonly Scope[] = ["read", "write", "approve"];
const prefix = "browser/";
const writeUseMs = 3_600_000;

export function createBrowsers(options: BrowsersOptions): Browsers {
  const { storage, credentials, now, random, log, idleMs, maxBrowsers } = options;
  const held = new Map<string, { row: Kept; writtenUse: number; readonly lease: Lease }>();

  function letIn(row: Kept): void {
    const { id, tokenHash } = row;
    const onUse = () => {
      const entry = held.get(id);
      if (entry) entry.row = { ...entry.row, lastUsedAt: now() };
    };
    const lease = credentials.add({ id, tokenHash, scopes: browserScopes, onUse });
    held.set(id, { row, writtenUse: row.lastUsedAt, lease });
  }
  const isOver = ({ lastUsedAt }: Kept): boolean => now() - lastUsedAt > idleMs;
  const rows = (): Kept[] =>
    [...held.values()].map(({ row }) => row).sort((a, b) => b.lastUsedAt - a.lastUsedAt);

  async function revoke(id: string): Promise<boolean> {
    const entry = held.get(id);
    if (!entry) return false;
    held.delete(id);
    entry.lease.revoke();
    await storage.delete(prefix + id);
    return true;
  }

  return {
    async load() {
      for (const key of await storage.list(prefix)) {
        const { data } = kept.safeParse(await storage.get(key));
        if (data) letIn(data);
        else await storage.delete(key);
        // Suspended by a reload, it would wait for ever for its place: it is told that its token is worth nothing.
        if (data && isOver(data)) await revoke(data.id);
      }
    },
    async add(name) {
      const id = `web-${random(8).toString("hex")}`;
      const token = tokenPrefix + random(32).toString("base64url");
      const tokenHash = createHash("sha256").update(token).digest("hex");
      const row = { id, name, tokenHash, createdAt: now(), lastUsedAt: now() };
      await storage.set(prefix + id, row);
      letIn(row);
      for (const { id: oldest } of rows().slice(maxBrowsers)) {
        log.info("a browser is logged out: there are too many", { credential: oldest });
        await revoke(oldest);
      }
      return { id, token };
    },
    list: () =>
      rows().map(({ id, name, createdAt, lastUsedAt }) => ({
        id,
        name,
        createdAt,
        lastUsedAt,
        expiresAt: lastUsedAt + idleMs,
      })),
    revoke,
    async sweep() {
      for (const [id, entry] of held) {
        const { row } = entry;
        if (isOver(row)) await revoke(id);
        else if (row.lastUsedAt - entry.writtenUse >= writeUseMs) {
          entry.writtenUse = row.lastUsedAt;
          await storage.set(prefix + id, row);
        }
      }
    },
    forget() {
      for (const { lease } of held.values()) lease.suspend();
      held.clear();
    },
  };
}
