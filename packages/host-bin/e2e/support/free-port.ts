/** A port for a server that must come back where it was. */
import { once } from "node:events";
import { createServer } from "node:net";

/**
 * Free now, and below the ports that systems hand out by themselves (Linux: from 32,768, see ip_local_port_range): while the server
 * is away no other program's connection is given it by chance.
 */
export async function freePort(): Promise<number> {
  const port = 20_000 + Math.floor(Math.random() * 12_000);
  const probe = createServer().listen(port, "127.0.0.1");
  const isFree = await once(probe, "listening").then(
    () => true,
    () => false,
  );
  if (!isFree) return freePort();
  probe.close();
  await once(probe, "close");
  return port;
}
