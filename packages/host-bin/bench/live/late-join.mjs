// Joining a turn that runs: what a device is sent, and how long until it stands where everybody stands; 50 turns at once.
import { WebSocket } from "ws";
import { here, median, start, startDispatch } from "../processes.mjs";
import { socketOf, turnOver, viewersOf } from "./watch.mjs";

function opened(server) {
  const ws = new WebSocket(socketOf(server), { headers: { authorization: server.headers.authorization } });
  return new Promise((resolve, reject) => ws.once("open", () => resolve(ws)).once("error", reject));
}

/**
 * A turn of so many deltas still runs when somebody subscribes: messages and bytes until its whole text so far is there, and
 * ms from the subscription to it.
 */
export async function lateJoin({ deltas = 20_000, runs = 9 } = {}) {
  const provider = await start([here("provider.mjs")]);
  const server = await startDispatch(provider.url);
  const rows = [];
  try {
    for (let run = -2; run < runs; run++) {
      const conversationId = `late${run + 2}`;
      await server.post("/chat", {
        conversationId,
        cwd: server.dataDir,
        message: `deltas=${deltas} hold`,
      });
      const text = deltas * "word ".length;
      // All of it is said and the answer is held open: what is joined is a turn that runs.
      await said(server, conversationId, text);
      const ws = await opened(server);
      const began = performance.now();
      const row = await new Promise((resolve) => {
        let bytes = 0;
        let messages = 0;
        ws.on("message", (data) => {
          if (!String(data.subarray(0, 20)).includes("chat.")) return;
          bytes += data.length;
          messages++;
          if (bytes >= text) resolve({ ms: performance.now() - began, bytes: bytes / text, messages });
        });
        ws.send(JSON.stringify({ type: "chat.subscribe", id: "s", conversationId }));
      });
      ws.terminate();
      await server.post(`/conversations/${conversationId}/stop`, {});
      if (run >= 0) rows.push(row);
    }
    const middle = (key) => median(rows.map((row) => row[key]));
    return { ms: middle("ms"), bytes: middle("bytes"), messages: middle("messages") };
  } finally {
    provider.stop();
    await server.stop();
  }
}

/** Follows a turn until so much text of it was shown. */
async function said(server, conversationId, length) {
  const ws = await opened(server);
  await new Promise((resolve) => {
    let shown = 0;
    ws.on("message", (data) => {
      const frame = JSON.parse(String(data));
      if (frame.type === "chat.subscribed" && !frame.snapshot) return;
      for (const event of frame.events ?? []) {
        if (event.type === "text-delta") shown += event.text.length;
        else if (event.type === "text" && event.text !== undefined)
          shown = Math.max(shown, event.text.length);
      }
      if (shown >= length) resolve();
    });
    ws.send(JSON.stringify({ type: "chat.subscribe", id: "s", conversationId, after: "0" }));
  });
  ws.terminate();
}

/** So many conversations stream at once, each before two viewers: lag over all of them, CPU left to say. */
export async function turnsAtOnce({ turns = 50, seconds = 3 } = {}) {
  const provider = await start([here("provider.mjs")]);
  const server = await startDispatch(provider.url);
  try {
    const ids = Array.from({ length: turns }, (_, n) => `at-once-${n}`);
    const watching = [];
    for (const id of ids) {
      await server.post("/conversations", { id, cwd: server.dataDir });
      watching.push(await viewersOf(server, id, 2));
    }
    const began = performance.now();
    await Promise.all(
      ids.map((id) =>
        server.post("/chat", {
          conversationId: id,
          cwd: server.dataDir,
          message: `deltas=${seconds * 50} everyMs=20 stamped`,
        }),
      ),
    );
    const seen = await Promise.all(watching.map((each) => each.seen));
    const ms = performance.now() - began;
    for (const id of ids) await turnOver(server, id);
    return {
      ms,
      ideal: seconds * 1_000,
      p50: median(seen.map(({ p50 }) => p50)),
      p99: Math.max(...seen.map(({ p99 }) => p99)),
    };
  } finally {
    provider.stop();
    await server.stop();
  }
}
