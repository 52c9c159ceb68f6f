/** A live connection on fake sockets, a manual clock and scripted answers over HTTP. */
import type { Live, LiveOptions } from "../contract.ts";
import { createLive } from "../live.ts";
import { createFakeSockets, type FakeSockets } from "./fake-sockets.ts";
import { createManualClock, type ManualClock, settle } from "./manual-clock.ts";

export interface Stage {
  readonly live: Live;
  readonly sockets: FakeSockets;
  readonly clock: ManualClock;
  /** `METHOD address` of every request. */
  readonly requested: string[];
  /** What HTTP answers from now on; throws = no connection. */
  answer: (request: Request) => Response | Promise<Response>;
  /** The last socket says hello. */
  open(): Promise<void>;
}

export const json = (body: unknown, status = 200): Response =>
  new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } });

export const problem = (status: number, code: string, more: object = {}): Response =>
  json({ type: "x", title: code, status, code, ...more }, status);

export const noServer = (): never => {
  throw new TypeError("fetch failed");
};

export function setStage(
  options: Partial<LiveOptions> = {},
  sockets: FakeSockets = createFakeSockets(),
): Stage {
  const clock = createManualClock();
  const requested: string[] = [];
  let keys = 0;
  const stage: Stage = {
    sockets,
    clock,
    requested,
    answer: noServer,
    live: createLive({
      url: "http://dispatch.test:1",
      token: "secret",
      WebSocket: sockets.WebSocket,
      random: () => 0,
      now: clock.now,
      after: clock.after,
      newKey() {
        keys += 1;
        return `key-${keys}`;
      },
      fetch: async (input, init) => {
        await undefined; // so that the test can say what is answered to the very first
        const request = new Request(input, init);
        requested.push(`${request.method} ${request.url}`);
        return stage.answer(request);
      },
      ...options,
    }),
    async open() {
      sockets.last.hello();
      await settle();
    },
  };
  return stage;
}
