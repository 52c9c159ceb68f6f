/** The live client over a bad network and through deaths of the server: nothing typed is lost, and each send is one turn. */
import { createLive, type Live, type LiveOptions, type LiveView, type Watched } from "@dispatch/client";
import { reply, text } from "@dispatch/provider-openai/testing";
import type { ListAnswer } from "@dispatch/wire";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { WebSocket } from "ws";
import { assistantText } from "../support/api.ts";
import { type Stage, setStage } from "../support/stage.ts";
import { startTcpProxy, type TcpProxy } from "../support/tcp-proxy.ts";

let stage: Stage;
let proxy: TcpProxy;
const open = new Set<Live>();
const words = Array.from({ length: 60 }, (_, n) => `w${n}😀 `).join("");

beforeAll(async () => {
  proxy = await startTcpProxy();
  stage = await setStage({
    config: { extensions: { "transport-http": { settings: { allowedHosts: [proxy.host] } } } },
  });
  proxy.target = stage.server.url;
  stage.provider.respond(reply(text(words, { chunks: 60, everyMs: 8 })));
});
afterEach(() => {
  for (const live of open) live.close();
  open.clear();
  proxy.budget = () => Number.POSITIVE_INFINITY;
});
afterAll(async () => {
  await proxy.close();
  await stage.end();
});

function connect(options: Partial<LiveOptions> = {}): Live {
  const { token } = stage.server;
  const live = createLive({
    url: proxy.url,
    token,
    WebSocket,
    firstMs: 20,
    maxMs: 200,
    upgradeMs: 100,
    ...options,
  });
  open.add(live);
  return live;
}

/** Small random numbers from a seed that is printed, so that a failure can be played again. */
function dice(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const states = (live: Live, fits: (kind: string) => boolean): Promise<void> =>
  new Promise((resolve) => {
    if (fits(live.state.kind)) resolve();
    else live.onState(({ kind }) => fits(kind) && resolve());
  });

/** Watches until `count` turns are over, and then on. */
function watchTurns(live: Live, id: string, count: number): Promise<Watched> {
  return new Promise((resolve, reject) => {
    const look = ({ view }: LiveView) => {
      const settled = view.messages.filter(
        ({ role, status }) => role === "assistant" && status === "complete",
      );
      if (settled.length >= count && view.turn === undefined) resolve(watched);
    };
    const watched = live.watch(id, { onChange: look, onEnd: reject });
  });
}

it("over a network that cuts anywhere, with a server killed in between", { timeout: 120_000 }, async () => {
  const seed = Number(process.env.SEED ?? Date.now() % 100_000);
  console.log(`SEED=${seed}`);
  const roll = dice(seed);
  proxy.budget = () => 700 + roll(3_000 + 500 * proxy.cuts);
  const [sender, viewer] = [connect(), connect()];
  const transports = new Set<string>();
  viewer.onState((state) => state.kind === "open" && transports.add(state.transport));
  const sends = Array.from({ length: 10 }, (_, n) =>
    sender.send({
      message: `typed ${n}`,
      cwd: stage.cwd,
      ...(n % 2 === 0 ? {} : { conversationId: `own-${n}` }),
    }),
  );
  const first = await Promise.race(sends);
  const early = watchTurns(viewer, first.conversationId, 1);
  await stage.server.kill();
  const later = sender.send({
    message: "typed while it was down",
    conversationId: "own-down",
    cwd: stage.cwd,
  });
  expect(sender.unacknowledged().length).toBeGreaterThan(0);
  await stage.restart();
  proxy.target = stage.server.url;
  const accepted = await Promise.all([...sends, later]);
  expect(sender.unacknowledged()).toEqual([]);
  const ids = accepted.map(({ conversationId }) => conversationId);
  const watched = await Promise.all(ids.map((id) => watchTurns(viewer, id, 1)));
  const { items } = await stage.api.json<ListAnswer>("GET", "/conversations?limit=100");
  expect(items.map(({ id }) => id).sort()).toEqual([...ids].sort());
  for (const [n, id] of ids.entries()) {
    const messages = await stage.api.messages(id);
    expect(messages.filter(({ role }) => role === "user")).toHaveLength(1);
    expect(assistantText(messages)).toBe(words);
    expect(watched[n]?.view?.view.messages).toEqual(messages);
  }
  expect((await early).view?.view.messages).toEqual(await stage.api.messages(first.conversationId));
  expect(proxy.cuts).toBeGreaterThan(5);
  expect(transports).toContain("ws");
});

it("keeps what is typed while there is no server, and begins each turn once when it is back", async () => {
  const live = connect();
  await states(live, (kind) => kind === "open");
  expect(await stage.server.stop()).toBe(0);
  await states(live, (kind) => kind === "waiting");
  const sends = ["a", "b", "c"].map((id) =>
    live.send({ message: id, conversationId: `gone-${id}`, cwd: stage.cwd }),
  );
  await expect(live.stop("gone-a")).rejects.toMatchObject({ code: "connection-lost" });
  const kept = live.unacknowledged();
  expect(kept.map(({ body }) => body.message)).toEqual(["a", "b", "c"]);
  // As a page that was loaded anew has it: the same sends from a second connection are the same turns.
  const reloaded = connect({ pending: JSON.parse(JSON.stringify(kept)) as typeof kept });
  await stage.restart();
  proxy.target = stage.server.url;
  const accepted = await Promise.all(sends);
  while (reloaded.unacknowledged().length > 0)
    await new Promise<void>((resolve) => reloaded.onUnacknowledged(() => resolve()));
  for (const { conversationId } of accepted) {
    await watchTurns(live, conversationId, 1);
    const messages = await stage.api.messages(conversationId);
    expect(messages.filter(({ role }) => role === "user")).toHaveLength(1);
  }
});

it("falls back where no upgrade gets through, and comes back to a WebSocket when one does", async () => {
  let refuses = true;
  const Refused = function Socket(url: string, protocols: string[]) {
    return new WebSocket(refuses ? `${url}-not` : url, protocols);
  } as unknown as typeof WebSocket;
  const live = connect({ WebSocket: Refused });
  await states(live, (kind) => kind === "open");
  expect(live.state).toEqual({ kind: "open", transport: "sse" });
  const { conversationId } = await live.send({ message: "x", cwd: stage.cwd });
  const done = watchTurns(live, conversationId, 1);
  refuses = false;
  await new Promise<void>((resolve) =>
    live.onState((state) => state.kind === "open" && state.transport === "ws" && resolve()),
  );
  expect((await done).view?.view.messages).toEqual(await stage.api.messages(conversationId));
});

it("leaves nothing behind after 100 reconnects", async () => {
  const live = connect({ firstMs: 1, maxMs: 1 });
  const { conversationId } = await live.send({ message: "x", cwd: stage.cwd });
  const watched = await watchTurns(live, conversationId, 1);
  const sockets = () => process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap").length;
  const before = sockets();
  for (let n = 0; n < 100; n += 1) {
    await states(live, (kind) => kind === "open");
    const next = states(live, (kind) => kind !== "open");
    proxy.cutAll();
    await next;
  }
  await states(live, (kind) => kind === "open");
  await expect.poll(sockets).toBeLessThanOrEqual(before);
  await live.send({ message: "again", conversationId });
  await watchTurns(live, conversationId, 2);
  expect(watched.view?.view.messages).toEqual(await stage.api.messages(conversationId));
});
