/** The commands that a server's extensions contribute: from its table in the data folder, or asked at its address. */
import type { ServerTarget } from "@dispatch/cli/ports";
import { createClient } from "@dispatch/client";
import type { CommandInfo } from "@dispatch/wire";
import { tableText } from "../help/help.ts";
import { readCommands, readTable } from "../help/read-table.ts";
import { pathsOf, type ServersContext } from "./context.ts";
import { findServer } from "./find.ts";

/** Never rejects: what cannot be had is not there. */
export async function contributedCommands(
  context: ServersContext,
  target: ServerTarget,
): Promise<readonly CommandInfo[]> {
  if (!target.server && !context.env.DISPATCH_URL)
    return readTable(tableText(pathsOf(context, target).commands));
  try {
    const server = await findServer(context, target);
    if (!server) return [];
    const signal = AbortSignal.timeout(context.times.probeMs);
    const { url, token } = server;
    const client = createClient({ url, token, fetch: (input, init) => fetch(input, { ...init, signal }) });
    return readCommands(await client.commands());
  } catch {
    return [];
  }
}
