/** Viewers that come and go: what they hold in the end is what the provider says it sent, with no gap and nothing doubled. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { calls, reply, text } from "@dispatch/provider-openai/testing";
import { applyEvent, createView, type DispatchEvent, isDelta, type Snapshot } from "@dispatch/wire";
import { afterAll, beforeAll, expect, it } from "vitest";
import { assistantText, ndjson, sse } from "../support/api.ts";
import { type Stage, setStage } from "../support/stage.ts";

let stage: Stage;
beforeAll(async () => {
  stage = await setStage();
  await writeFile(join(stage.cwd, "a.txt"), "alpha");
});
afterAll(() => stage.end());

/** Small random numbers from a seed that is printed, so that a failure can be played again. */
function dice(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const words = (count: number, label: string) =>
  Array.from({ length: count }, (_, n) => `${label}${n}😀 `).join("");

it("goes on when the client leaves in mid-stream, and /events goes on exactly from its cursor", async () => {
  stage.provider.script(reply(text(words(60, "w"), { chunks: 60, everyMs: 5 })));
  const leave = new AbortController();
  const response = await stage.api.request(
    "POST",
    "/chat",
    { message: "x", conversationId: "leave", cwd: stage.cwd },
    {},
    leave.signal,
  );
  // The stream of a turn begins at its user message, behind the settings that came with the conversation.
  const view = createView({ seq: 1 });
  let cursor = "";
  let deltas = 0;
  for await (const line of ndjson(response)) {
    expect(applyEvent(view, line.event)).toBe("applied");
    cursor = line.cursor;
    if (isDelta(line.event) && ++deltas === 5) break;
  }
  leave.abort();
  const rest = await stage.api.request("GET", `/conversations/leave/events?after=${cursor}`);
  for await (const { data, event } of sse(rest)) {
    expect(event).not.toBe("snapshot");
    expect(applyEvent(view, data as DispatchEvent)).toBe("applied");
    if (event === "turn-sealed") break;
  }
  expect(assistantText(view.messages)).toBe(words(60, "w"));
  expect(view.messages).toEqual(await stage.api.messages("leave"));
});

it("survives 50 random disconnects in one turn of several steps", { timeout: 120_000 }, async () => {
  const seed = Number(process.env.SEED ?? Date.now() % 100_000);
  console.log(`resume seed ${seed}`);
  const roll = dice(seed);
  const { provider, api, cwd } = stage;
  let cuts = 0;
  // As many steps as the cuts need on this machine.
  const answers = (step: number) => () => {
    if (step >= 3 && cuts >= 50) return reply(text(words(200, "end"), { chunks: 200, everyMs: 4 }));
    provider.script(answers(step + 1));
    return reply(
      text(words(150, `s${step}-`), { chunks: 150, everyMs: 4 }),
      calls({ name: "read_file", args: { path: "a.txt", offset: step + 1 } }),
    );
  };
  provider.script(answers(0));
  const from = provider.requests.length;
  await api.request(
    "POST",
    "/chat",
    { message: "x", conversationId: "cuts", cwd },
    { prefer: "respond-async" },
  );
  let view = createView();
  let cursor: string | undefined = "0";
  let snapshots = 0;
  for (let sealed = false; !sealed; ) {
    const leave = new AbortController();
    const path = `/conversations/cuts/events${cursor === undefined ? "" : `?after=${cursor}`}`;
    // Once in a while a fresh device, which begins with a snapshot.
    const response = await api.request("GET", path, undefined, {}, leave.signal);
    let left = roll(12) + 1;
    try {
      for await (const { id, event, data } of sse(response)) {
        if (event === "snapshot") {
          view = createView({ snapshot: data as Snapshot });
          snapshots++;
        } else expect(applyEvent(view, data as DispatchEvent)).toBe("applied");
        cursor = id;
        sealed = event === "turn-sealed";
        if (sealed || (cuts < 50 && left-- === 0)) break;
      }
    } finally {
      leave.abort();
    }
    if (!sealed) {
      cuts++;
      if (roll(10) === 0) cursor = undefined;
    }
  }
  const sent = provider.sent.slice(from).map((each) => each.text);
  expect(assistantText(view.messages)).toBe(sent.join(""));
  expect(view.messages).toEqual(await api.messages("cuts"));
  expect(cuts).toBeGreaterThanOrEqual(50);
  console.log(`${cuts} cuts, ${snapshots} snapshots`);
});

it("answers a cursor it cannot honour with a snapshot", async () => {
  for (const after of ["nonsense", "other~5~abc", "%00", `${"x".repeat(3_000)}`]) {
    const leave = new AbortController();
    const response = await stage.api.request(
      "GET",
      `/conversations/leave/events?after=${encodeURIComponent(after)}`,
      undefined,
      {},
      leave.signal,
    );
    for await (const { event, data } of sse(response)) {
      expect(event).toBe("snapshot");
      expect(assistantText((data as Snapshot).messages)).toBe(words(60, "w"));
      break;
    }
    leave.abort();
  }
});

it("keeps cursors good over a restart, and lets Last-Event-ID win", async () => {
  const { items, cursor } = await stage.api.json<{ items: unknown[]; cursor: string }>(
    "GET",
    "/conversations/leave/messages",
  );
  expect(await stage.server.stop()).toBe(0);
  await stage.restart();
  stage.provider.script(reply(text("more")));
  await stage.api.chat({ message: "y", conversationId: "leave", cwd: stage.cwd });
  const leave = new AbortController();
  const headers = { "last-event-id": cursor };
  const response = await stage.api.request(
    "GET",
    "/conversations/leave/events?after=nonsense",
    undefined,
    headers,
    leave.signal,
  );
  const seen: string[] = [];
  for await (const { event } of sse(response)) {
    seen.push(event);
    if (event === "turn-sealed") break;
  }
  leave.abort();
  expect(seen.slice(0, 2)).toEqual(["user-message", "turn-start"]);
  expect(items.length).toBe(2);
});
