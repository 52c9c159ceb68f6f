/** `dispatch restart`: stops the server and starts one with its flags, and the configuration and environment of now. */
import { createOutput } from "../output.ts";
import type { Command } from "../ports.ts";

export const restart: Command = {
  summary: "restart the server with the present configuration and environment",
  async run(call) {
    const output = createOutput(call);
    const stopped = await call.servers.stop(call.globals);
    const started = await call.servers.ensure(call.globals, output.note, stopped?.args);
    if (call.globals.json) output.json({ url: started.url, pid: started.pid, replaced: stopped?.pid });
    else output.line(`${stopped ? "restarted" : "started"} ${started.url} (pid ${started.pid})`);
  },
};
