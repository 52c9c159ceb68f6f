/** `dispatch down`: stops the server of this data folder; it waits for running turns, and what is left is resumed by the next one. */
import { createOutput } from "../output.ts";
import type { Command, CommandOption } from "../ports.ts";

export const nowOption: CommandOption = {
  flags: "--now",
  description: "do not wait for running turns; the next server resumes them",
};

export const down: Command = {
  summary: "stop the server once its running turns have ended (at most 60 s, a setting)",
  options: [nowOption],
  async run(call) {
    const output = createOutput(call);
    const now = call.options.now === true;
    const stopped = await call.servers.stop(call.globals, { now, progress: output.note });
    if (call.globals.json)
      output.json({ stopped: stopped !== undefined, pid: stopped?.pid, url: stopped?.url });
    else output.line(stopped ? `stopped ${stopped.url} (pid ${stopped.pid})` : "no server is running");
  },
};
