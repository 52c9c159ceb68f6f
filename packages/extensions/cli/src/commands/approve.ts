/** `dispatch approve [id]`: lists the calls that wait for a person's word, or gives it. */

import { describeRequest } from "../chat/approvals.ts";
import { commandError } from "../command-error.ts";
import { exitCodes } from "../exit-codes.ts";
import { createOutput } from "../output.ts";
import type { Command } from "../ports.ts";

export const approve: Command = {
  summary: "list the calls that wait for an approval, or answer one",
  arguments: "[id]",
  options: [{ flags: "--deny", description: "deny it" }],
  async run(call) {
    const output = createOutput(call);
    const client = await call.connect();
    const { items } = await client.approvals();
    const [given] = call.args;
    if (given === undefined) {
      if (call.globals.json) output.json({ items });
      else if (items.length === 0) output.line("nothing waits for an approval");
      else
        for (const { approvalId, conversationId, request } of items)
          output.line(`${approvalId}  ${conversationId}  ${describeRequest(request)}`);
      return exitCodes.ok;
    }
    const found = items.filter(({ approvalId }) => approvalId.startsWith(given));
    const [only] = found;
    if (!only)
      throw commandError(`No approval that waits starts with ${given}.`, {
        fix: "`dispatch approve` lists them.",
      });
    if (found.length > 1)
      throw commandError(`${given} fits ${found.length} approvals.`, { fix: "Give more characters." });
    const decision = call.options.deny === true ? "deny" : "allow";
    await client.answerApproval(only.approvalId, decision);
    if (call.globals.json) output.json({ approvalId: only.approvalId, decision });
    else output.line(`${decision === "allow" ? "allowed" : "denied"} ${describeRequest(only.request)}`);
    return exitCodes.ok;
  },
};
