/** `dispatch down`: stops the server of this data folder; running turns are resumed by the next one. */
import { createOutput } from "../output.ts";
import type { Command } from "../ports.ts";

export const down: Command = {
  summary: "stop the server",
  async run(call) {
    const output = createOutput(call);
    const stopped = await call.servers.stop(call.globals);
    if (call.globals.json)
      output.json({ stopped: stopped !== undefined, pid: stopped?.pid, url: stopped?.url });
    else output.line(stopped ? `stopped ${stopped.url} (pid ${stopped.pid})` : "no server is running");
  },
};
