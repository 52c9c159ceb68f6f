/** A bad network: passes bytes on between clients and a server, and cuts connections anywhere, in mid-frame too. */
import { once } from "node:events";
import { type AddressInfo, createServer, connect as dial, type Socket } from "node:net";

export interface TcpProxy {
  readonly url: string;
  /** `127.0.0.1:<port>`. */
  readonly host: string;
  /** Where to: the server's address; it may change. */
  target: string;
  /** How many bytes, both ways together, a new connection lasts. Default: for ever. */
  budget: () => number;
  /** Connections that were cut. */
  readonly cuts: number;
  cutAll(): void;
  close(): Promise<void>;
}

export async function startTcpProxy(): Promise<TcpProxy> {
  const open = new Set<() => void>();
  let cuts = 0;
  const server = createServer((client) => {
    const { hostname, port } = new URL(proxy.target);
    const upstream = dial({ host: hostname, port: Number(port) });
    let left = proxy.budget();
    const end = () => {
      open.delete(end);
      client.destroy();
      upstream.destroy();
    };
    open.add(end);
    const pass = (to: Socket) => (bytes: Buffer) => {
      left -= bytes.length;
      if (left >= 0) {
        to.write(bytes);
        return;
      }
      cuts += 1;
      to.write(bytes.subarray(0, bytes.length + left), end);
    };
    client.on("data", pass(upstream)).on("error", end).on("close", end);
    upstream.on("data", pass(client)).on("error", end).on("close", end);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const proxy: TcpProxy = {
    url: `http://${host}`,
    host,
    target: `http://${host}`,
    budget: () => Number.POSITIVE_INFINITY,
    get cuts() {
      return cuts;
    },
    cutAll() {
      for (const end of [...open]) end();
    },
    async close() {
      const closed = once(server, "close");
      server.close();
      proxy.cutAll();
      await closed;
    },
  };
  return proxy;
}
