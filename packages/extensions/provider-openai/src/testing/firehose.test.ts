import { afterEach, beforeEach, expect, it } from "vitest";
import { body } from "./planted-fault.ts";
import { type FirehoseStep, reply } from "./reply.ts";
import { hear } from "./sse-events.ts";
import { type StrictServer, startStrictServer } from "./strict-server.ts";

let server: StrictServer;
beforeEach(async () => {
  server = await startStrictServer();
});
afterEach(() => server.close());

function pour(firehose: FirehoseStep["firehose"], signal: AbortSignal | null = null) {
  server.script(reply({ firehose }));
  return fetch(`${server.url}/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body({ stream: true })),
    signal,
  });
}

it.each([1, 100])("pours every drop, %i in a write", async (perWrite) => {
  const heard = await hear(await pour({ deltas: 2_001, text: "drop ü ", perWrite }));
  expect(heard).toMatchObject({ text: "drop ü ".repeat(2_001), finish: "stop", done: true });
  expect(heard.events).toHaveLength(2_003);
  expect(server.sent[0]).toMatchObject({ text: heard.text, outcome: "complete" });
});

it("waits for a client that does not read, and stops when it leaves", async () => {
  const total = 2_000_000;
  const leave = new AbortController();
  await pour({ deltas: total, text: "x" }, leave.signal);
  const poured = () => server.sent[0]?.text.length ?? 0;
  await server.until(() => poured() > 0);
  for (let before = -1; before !== poured(); ) {
    before = poured();
    for (let turn = 0; turn < 100; turn += 1) await new Promise(setImmediate);
  }
  expect(poured()).toBeLessThan(total / 4);
  leave.abort();
  await server.until(() => server.sent[0]?.outcome === "aborted");
});
