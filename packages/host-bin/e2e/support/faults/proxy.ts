/**
 * A bad network: a TCP proxy that splits, delays, pauses and cuts what goes through it, at any byte, in both directions. It
 * never reorders and never changes a byte, as TCP does not. Its address stays when the server behind it moves.
 */
import { connect, createServer, type Socket } from "node:net";
import type { Dice } from "./dice.ts";

export interface FaultProxy {
  /** Of the proxy; what the server behind it is asked as. */
  readonly url: string;
  readonly host: string;
  /** Connections from now on go there. */
  aim(url: string): void;
  /** No more faults: what is open and what comes is let through. */
  calm(): void;
  readonly counts: { connections: number; cuts: number; pauses: number };
  close(): Promise<void>;
}

/** `manyCuts`: after that many fewer connections are cut, or a machine with little time would do nothing but connect. */
export async function startFaultProxy(dice: Dice, manyCuts: number): Promise<FaultProxy> {
  const open = new Set<Socket>();
  const counts = { connections: 0, cuts: 0, pauses: 0 };
  let target = 0;
  let calm = false;

  /** Pieces of `chunk`, cut anywhere. */
  function* pieces(chunk: Buffer, own: Dice): Generator<Buffer> {
    let rest = chunk;
    while (!calm && rest.length > 1 && own.chance(30)) {
      const at = 1 + own.roll(rest.length - 1);
      yield rest.subarray(0, at);
      rest = rest.subarray(at);
    }
    yield rest;
  }

  /** What one connection may still carry before it is cut. */
  function pipe(from: Socket, to: Socket, own: Dice, budget: { left: number }): void {
    const wait = (ms: number) => new Promise<void>((go) => setTimeout(go, ms));
    async function pass(chunk: Buffer): Promise<void> {
      for (const piece of pieces(chunk, own)) {
        if (!calm && own.chance(6)) {
          counts.pauses++;
          await wait(own.chance(20) ? 20 + own.roll(150) : own.roll(12));
        }
        const whole = calm || piece.length < budget.left;
        if (to.destroyed) return;
        to.write(whole ? piece : piece.subarray(0, Math.max(0, budget.left)));
        budget.left -= piece.length;
        if (whole) continue;
        counts.cuts++;
        // Sometimes what was written still arrives, sometimes the reset is faster.
        if (own.chance(50)) to.end(() => to.destroy());
        else to.resetAndDestroy();
        from.resetAndDestroy();
        return;
      }
    }
    let last = Promise.resolve();
    from.on("data", (chunk: Buffer) => {
      from.pause();
      last = last.then(() => pass(chunk)).then(() => void (from.destroyed || from.resume()));
    });
    from.on("end", () => void last.then(() => to.end()));
    from.on("close", () => {
      open.delete(from);
      void last.then(() => to.destroy());
    });
    from.on("error", () => to.destroy());
  }

  const server = createServer({ allowHalfOpen: true }, (client) => {
    counts.connections++;
    const own = dice.fork();
    const behind = connect({ port: target, host: "127.0.0.1", allowHalfOpen: true });
    open.add(client).add(behind);
    const budget = {
      left: own.chance(counts.cuts < manyCuts ? 65 : 25)
        ? own.roll(own.chance(50) ? 1_500 : 12_000)
        : Number.MAX_SAFE_INTEGER,
    };
    pipe(client, behind, own.fork(), budget);
    pipe(behind, client, own.fork(), budget);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const host = `127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
  return {
    url: `http://${host}`,
    host,
    aim(url) {
      target = Number(new URL(url).port);
    },
    calm() {
      calm = true;
    },
    counts,
    async close() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
