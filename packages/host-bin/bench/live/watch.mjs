// What the benches of the live view share: viewers in a process of their own, and the end of a turn.
import { here, start } from "../processes.mjs";

export const socketOf = ({ url }) => `${url.replace("http", "ws")}/ws`;
const tokenOf = ({ headers }) => headers.authorization.slice("Bearer ".length);

/** So many viewers of one conversation, subscribed; `seen` is what they say when the turn has ended for all. */
export async function viewersOf(server, conversationId, count, env = {}) {
  const process_ = await start(
    [here("live/viewers.mjs"), socketOf(server), tokenOf(server), conversationId, String(count)],
    env,
  );
  const seen = new Promise((resolve) => {
    process_.child.stdout.on("data", (text) => resolve(JSON.parse(text)));
  });
  return { seen, stop: process_.stop };
}

/** Resolves when the conversation's turn is over. */
export async function turnOver({ url, headers }, id) {
  for (;;) {
    const row = await (await fetch(`${url}/conversations/${id}`, { headers })).json();
    if (row.status === "idle") return;
    await new Promise((go) => setTimeout(go, 50));
  }
}
