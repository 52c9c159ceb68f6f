/** `dispatch status`: the running server, and the configuration a server started here would use. Starts none. */
import { duration } from "../durations.ts";
import { exitCodes } from "../exit-codes.ts";
import { createOutput } from "../output.ts";
import type { Command, FoundServer } from "../ports.ts";
import { table } from "../table.ts";

export const status: Command = {
  summary: "show the server, its folders and the effective configuration",
  async run(call) {
    const output = createOutput(call);
    const server = await call.servers.find(call.globals);
    const setup = await call.servers.setup(call.globals);
    const code = server ? exitCodes.ok : exitCodes.unreachable;
    if (call.globals.json) {
      const { token: _token, ...shown } = server ?? {};
      output.json({ running: server !== undefined, ...shown, ...setup });
      return code;
    }
    const rows = server
      ? [
          ["server", server.url],
          ["version", server.version ?? "unknown"],
          ["pid", String(server.pid ?? "unknown")],
          ...(server.stopping ? [["stopping", stoppingLine(server.stopping)]] : []),
          ["up", server.uptimeMs === undefined ? "unknown" : duration(server.uptimeMs)],
        ]
      : [["server", "not running"]];
    rows.push(["data folder", setup.dataDir], ["log", setup.logFile]);
    for (const { path, value, source } of setup.values)
      rows.push([path, `${JSON.stringify(value)} (${source})`]);
    for (const line of table(rows)) output.line(line);
    if (server && server.differences.length > 0) {
      output.note(
        `The running server differs in ${server.differences.join(", ")}; \`dispatch restart\` applies it.`,
      );
    }
    return code;
  },
};

function stoppingLine({ turns, leftMs }: NonNullable<FoundServer["stopping"]>): string {
  return turns === 0 ? "now" : `waits for ${turns} running, ${Math.ceil(leftMs / 1_000)} s left`;
}
