/** `dispatch restart`: stops the server and starts one with its flags, and the configuration and environment of now. */
import { createOutput } from "../output.ts";
import type { Command } from "../ports.ts";
import { nowOption } from "./down.ts";

export const restart: Command = {
  summary: "restart the server with the present configuration and environment",
  options: [nowOption],
  async run(call) {
    const output = createOutput(call);
    const now = call.options.now === true;
    const { stopped, started } = await call.servers.restart(call.globals, { now, progress: output.note });
    if (call.globals.json) output.json({ url: started.url, pid: started.pid, replaced: stopped?.pid });
    else output.line(`${stopped ? "restarted" : "started"} ${started.url} (pid ${started.pid})`);
  },
};
