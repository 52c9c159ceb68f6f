/** `dispatch status`: the running server and what it runs with, beside what one started here would have. Starts none. */
import type { ConfigAnswer, ConfigValue } from "@dispatch/wire";
import { configDifferences } from "@dispatch/wire/shown";
import { clientOf } from "../connect.ts";
import { duration } from "../durations.ts";
import { exitCodes } from "../exit-codes.ts";
import { createOutput } from "../output.ts";
import type { Command, FoundServer, LocalSetup } from "../ports.ts";
import { table } from "../table.ts";

export const status: Command = {
  summary: "show the server, its folders and the effective configuration",
  async run(call) {
    const output = createOutput(call);
    const server = await call.servers.find(call.globals);
    const setup = await call.servers.setup(call.globals);
    const theirs = server && (await configOf(server));
    const code = server ? exitCodes.ok : exitCodes.unreachable;
    if (call.globals.json) {
      const { token: _token, ...shown } = server ?? {};
      output.json({
        running: server !== undefined,
        ...shown,
        ...setup,
        ...(theirs && { serverConfig: theirs }),
      });
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
    const { dataDir = setup.dataDir, logFile = setup.logFile } = theirs ?? {};
    rows.push(["data folder", dataDir], ["log", logFile], ...valueRows(theirs, setup));
    for (const line of table(rows)) output.line(line);
    if (server && !theirs)
      output.note("The server does not tell its configuration: these are the values of one started here.");
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

/** Undefined when it does not say: an older one, or one that is asked without its token. */
async function configOf(server: FoundServer): Promise<ConfigAnswer | undefined> {
  if (server.token === undefined || server.stopping) return undefined;
  try {
    return await clientOf(server).config();
  } catch {
    return undefined; // what there is to say about it stands above already
  }
}

const shown = ({ value, source }: ConfigValue): string => `${JSON.stringify(value)} (${source})`;

/** A row for each value of the server, with what it would be here where that differs. */
function valueRows(theirs: ConfigAnswer | undefined, { values }: LocalSetup): string[][] {
  if (!theirs) return values.map((value) => [value.path, shown({ ...value })]);
  const differing = new Map(configDifferences(theirs.values, values).map((each) => [each.path, each]));
  const here = (path: string): string[] => {
    const difference = differing.get(path);
    if (!difference) return [];
    return [difference.here ? `here: ${shown(difference.here)}` : "here: not set"];
  };
  const own = theirs.values.map((value) => [value.path, shown(value), ...here(value.path)]);
  const missing = [...differing.values()].filter(({ there }) => !there);
  return [...own, ...missing.map(({ path }) => [path, "not set", ...here(path)])];
}
