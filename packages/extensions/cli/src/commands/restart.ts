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
    const stopped = await call.servers.stop(call.globals, { now, progress: output.note });
    const started = await call.servers.ensure(call.globals, output.note, stopped?.args);
    if (call.globals.json) output.json({ url: started.url, pid: started.pid, replaced: stopped?.pid });
    else output.line(`${stopped ? "restarted" : "started"} ${started.url} (pid ${started.pid})`);
  },
};
