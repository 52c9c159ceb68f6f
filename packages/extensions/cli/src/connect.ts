/** From flags to a client: finds the server, starts one when there is none, says how a running one differs. */
import { type Client, type ClientOptions, createClient, type Live } from "@dispatch/client";
import { commandError } from "./command-error.ts";
import { exitCodes } from "./exit-codes.ts";
import { createOutput } from "./output.ts";
import type { CommandCall, FoundServer } from "./ports.ts";

export interface Connections extends Pick<CommandCall, "connect" | "live"> {
  close(): void;
}

type Call = Omit<CommandCall, "connect" | "live">;

/** Looked for when they are first asked for, and then the same for the whole command. */
export function createConnections(call: Call): Connections {
  let found: Promise<FoundServer> | undefined;
  let open: Promise<Live | undefined> | undefined;
  let isOver = false;
  const server = () => {
    found ??= findServer(call);
    return found;
  };
  const openIt = async (polling: boolean) => {
    const { openLive } = await import("./live/open-live.ts");
    const live = await openLive(await server(), { polling });
    if (isOver) live?.close();
    return live;
  };
  function live(options: { readonly polling: true }): Promise<Live>;
  function live(): Promise<Live | undefined>;
  function live({ polling = false } = {}): Promise<Live | undefined> {
    open ??= openIt(polling);
    return open;
  }
  return {
    connect: async () => clientOf(await server()),
    live,
    close() {
      isOver = true;
      open?.then(
        (opened) => opened?.close(),
        () => undefined, // the command has been told
      );
    },
  };
}

async function findServer(call: Call): Promise<FoundServer> {
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
  return server;
}

export function clientOf(server: FoundServer, options: Pick<ClientOptions, "fetch"> = {}): Client {
  const { url, token } = server;
  return createClient({ ...options, url, ...(token === undefined ? {} : { token }) });
}
