/** From flags to a client: finds the server, starts one when there is none, says how a running one differs. */
import { type Client, type ClientOptions, createClient } from "@dispatch/client";
import { commandError } from "./command-error.ts";
import { exitCodes } from "./exit-codes.ts";
import { createOutput } from "./output.ts";
import type { CommandCall, FoundServer } from "./ports.ts";

export async function connect(call: Omit<CommandCall, "connect">): Promise<Client> {
  const { servers, globals } = call;
  const output = createOutput(call);
  const server = globals.start ? await servers.ensure(globals, output.note) : await servers.find(globals);
  if (!server) {
    throw commandError("No server is running.", {
      exitCode: exitCodes.unreachable,
      fix: "Run `dispatch serve`, or leave out --no-start.",
    });
  }
  if (server.stopping && !globals.json)
    output.note("The server is stopping: what runs may end, nothing new begins until it is back.");
  if (server.differences.length > 0 && !globals.json) {
    output.note(
      `The running server differs in ${server.differences.join(", ")}; \`dispatch restart\` applies it.`,
    );
  }
  return clientOf(server);
}

export function clientOf(server: FoundServer, options: Pick<ClientOptions, "fetch"> = {}): Client {
  const { url, token } = server;
  return createClient({ ...options, url, ...(token === undefined ? {} : { token }) });
}
