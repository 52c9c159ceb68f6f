/** `@dispatch/commands`: extensions contribute commands at the point `commands`; clients list and run them. */
import { defineExtension, hostStarted, redaction } from "@dispatch/kernel";
import { routes } from "@dispatch/transport-http/ports";
import { type Catalogue, catalogueOf } from "./catalogue.ts";
import { type CommandsSettings, manifest } from "./manifest.ts";
import { commands } from "./ports.ts";
import { listRoute, runRoute } from "./routes.ts";
import { writeTable } from "./table-file.ts";

export { manifest };

/** Pause before a change is written, in ms: extensions come one after another. */
const calmMs = 50;
/**
 * Pause before a table that lost a command is written, in ms: longer than a stop of the server may take, which waits for turns
 * while commands go one after another; help is to show them when no server runs.
 */
const lossMs = 300_000;

export default defineExtension<typeof manifest, CommandsSettings>(manifest, (host) => {
  const { tableFile } = host.settings;
  let known: Catalogue | undefined;
  let written: ReadonlySet<string> = new Set();
  let cancel: (() => void) | undefined;
  let writing: Promise<void> = Promise.resolve();

  function catalogue(): Catalogue {
    if (known) return known;
    known = catalogueOf(host.list(commands));
    for (const refused of known.refused) host.log.warn("a command is left out", { ...refused });
    return known;
  }

  async function write(path: string): Promise<void> {
    const items = [...catalogue().commands.values()].map(({ info }) => info);
    try {
      await writeTable(path, items);
      written = new Set(items.map(({ name }) => name));
    } catch (error) {
      host.log.warn("the table of commands could not be written", { path, error: String(error) });
    }
  }

  function schedule(): void {
    if (tableFile === undefined) return;
    cancel?.();
    const lost = [...written].some((name) => !catalogue().commands.has(name));
    cancel = host.timers.after(lost ? lossMs : calmMs, () => {
      writing = writing.then(() => write(tableFile));
      return writing;
    });
  }

  host.contribute(routes, "commands.list", listRoute(catalogue));
  host.contribute(
    routes,
    "commands.run",
    runRoute(catalogue, () => host.find(redaction)),
  );
  host.watch(commands, () => {
    known = undefined;
    if (!booting()) schedule();
  });
  // While the host starts the table would grow by pieces, and losing none of them it would be written at once.
  host.on(hostStarted, schedule);
  if (!booting()) schedule(); // started anew in a running host
  host.onDispose("table file", () => writing);

  function booting(): boolean {
    return host.extensions().some(({ state, id }) => state === "pending" && id !== host.id);
  }
});
