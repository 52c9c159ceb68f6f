/** Runs command lines in this process against a small real HTTP server, for the tests beside the code. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { PassThrough } from "node:stream";
import { builtInCommands } from "../commands/table.ts";
import type { Command, Servers } from "../ports.ts";
import { createProgram } from "../program.ts";
import type { Terminal } from "../terminal.ts";

export interface Run {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  readonly servers?: Partial<Servers>;
  /** Text on standard input; absent: a terminal with nobody typing. */
  readonly stdin?: string;
  readonly tty?: boolean;
  readonly env?: Terminal["env"];
  readonly cwd?: string;
  readonly commands?: Readonly<Record<string, Command>>;
}

export interface Session {
  readonly done: Promise<Run>;
  readonly stdin: PassThrough;
  /** What was written so far, both streams. */
  screen(): string;
  interrupt(): void;
}

/** Starts a command line and leaves it running. */
export function startCli(args: readonly string[], options: RunOptions = {}): Session {
  const stdin = Object.assign(new PassThrough(), { isTTY: options.stdin === undefined });
  if (options.stdin !== undefined) stdin.end(options.stdin);
  const [out, err] = [screen(options.tty), screen(options.tty)];
  const handlers = new Set<() => void>();
  const terminal: Terminal = {
    stdin,
    stdout: out.stream,
    stderr: err.stream,
    env: options.env ?? {},
    cwd: options.cwd ?? "/project",
    version: "1.2.3",
    now: () => 1_000_000,
    onInterrupt(handler) {
      handlers.add(handler);
      return () => handlers.delete(handler);
    },
  };
  const commands = Object.entries({ ...builtInCommands, ...options.commands });
  const program = createProgram({
    commands: () => commands.map(([name, value]) => ({ name, value })),
    servers: () => ({ ...noServers, ...options.servers }),
  });
  const done = program.run(args, terminal).then((code) => ({ code, out: out.text(), err: err.text() }));
  return {
    done,
    stdin,
    screen: () => out.text() + err.text(),
    interrupt: () => {
      for (const handler of handlers) handler();
    },
  };
}

export const runCli = (args: readonly string[], options?: RunOptions): Promise<Run> =>
  startCli(args, options).done;

function screen(isTTY = false) {
  let written = "";
  const stream = Object.assign(new PassThrough(), { isTTY, columns: 100 });
  stream.setEncoding("utf8").on("data", (text: string) => {
    written += text;
  });
  return { stream, text: () => written + ((stream.read() as string | null) ?? "") };
}

const noServers: Servers = {
  find: async () => undefined,
  ensure: () => Promise.reject(new Error("no server in this test")),
  restart: () => Promise.reject(new Error("no server in this test")),
  stop: async () => undefined,
  setup: async () => ({ dataDir: "/data", logFile: "/data/logs/dispatch.log", values: [] }),
  commands: async () => [],
};

export type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => unknown;

export interface ApiServer {
  readonly url: string;
  readonly servers: Partial<Servers>;
  /** `METHOD path?query body` of every request. */
  readonly requests: readonly string[];
  close(): void;
}

/** Answers by `METHOD path`; a handler's value is sent as JSON, undefined means that it answers itself. */
export async function startApi(routes: Readonly<Record<string, Handler>>): Promise<ApiServer> {
  const requests: string[] = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const piece of request) body += String(piece);
    const { pathname } = new URL(request.url ?? "/", "http://x");
    requests.push(`${request.method} ${request.url} ${body}`.trim());
    const handler = routes[`${request.method} ${pathname}`];
    if (!handler) {
      const problem = {
        type: "x",
        title: "Not here",
        status: 404,
        code: "not-found",
        detail: `nothing at ${pathname}`,
      };
      response.writeHead(404).end(JSON.stringify(problem));
      return;
    }
    const answer = await handler(request, response, body);
    if (answer !== undefined) response.end(JSON.stringify(answer));
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const found = { url, token: "t", version: "1.2.3", pid: 4711, uptimeMs: 90_000, differences: [] };
  return {
    url,
    requests,
    servers: {
      find: async () => found,
      ensure: async () => found,
      stop: async () => found,
      restart: async () => ({ stopped: found, started: found }),
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** A turn as POST /chat streams it; gives the handler. Leaves the stream open when its last event is no `turn-sealed`. */
export function streamTurn(events: readonly Record<string, unknown>[]): Handler {
  return (_request, response) => {
    response.writeHead(200, { "x-conversation-id": "conv-1", "x-turn-id": "t1" });
    for (const event of numbered(events))
      response.write(`${JSON.stringify({ cursor: `k${String(event.seq ?? 0)}`, event })}\n`);
    if (events.at(-1)?.type === "turn-sealed") response.end();
  };
}

/** Adds what every event of turn `t1` has: ids, and a seq for records. */
export function numbered(events: readonly Record<string, unknown>[]): Record<string, unknown>[] {
  let seq = 0;
  return events.map((event) => {
    const ids = { conversationId: "conv-1", turnId: "t1", stepId: "t1#0", ...event };
    if ("at" in event) return ids;
    seq += 1;
    return { ts: 0, ...ids, seq };
  });
}
