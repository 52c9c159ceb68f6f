// (d) Server CPU of one turn at growing history, less one JSON.stringify of a request body of that size.
// All histories are there before anything is measured, and the measured turns go from one to the next: each size meets the same
// code, as warm as it gets (thousands of turns made the histories), and the same minutes of the machine.
import { cpuSeconds, drained, here, median, start, startDispatch } from "./processes.mjs";

export async function historyCost({ sizes = [100, 1_000, 10_000], rounds = 31 } = {}) {
  const provider = await start([here("provider.mjs")]);
  const server = await startDispatch(provider.url);
  const turn = async (size) => {
    const body = JSON.stringify({ message: "deltas=1", conversationId: `h${size}`, cwd: server.dataDir });
    await drained(await fetch(`${server.url}/chat`, { method: "POST", headers: server.headers, body }), 0);
  };
  const cpuOf = async (size) => {
    const before = cpuSeconds(server.child.pid);
    await turn(size);
    await settled(); // what a turn leaves behind (its notice, garbage) is its own
    return (cpuSeconds(server.child.pid) - before) * 1_000;
  };
  const settled = () => new Promise((go) => setTimeout(go, 20));
  try {
    for (const size of sizes) for (let messages = 0; messages < size; messages += 2) await turn(size);
    const cpu = new Map(sizes.map((size) => [size, []]));
    const bytes = new Map();
    for (let round = -2; round < rounds; round++) {
      for (const size of sizes) {
        const spent = await cpuOf(size);
        if (round >= 0) cpu.get(size).push(spent);
        bytes.set(size, Number(await (await fetch(`${provider.url}/last-bytes`)).text()));
      }
    }
    return sizes.map((size) => {
      const encode = stringifyMs(size + rounds);
      const spent = median(cpu.get(size));
      return { messages: size, cpu: spent, encode, bytes: bytes.get(size), net: spent - encode };
    });
  } finally {
    provider.stop();
    await server.stop();
  }
}

/** CPU of one JSON.stringify of a request with as many messages, ms. */
function stringifyMs(count) {
  const messages = Array.from({ length: count }, (_, n) =>
    n % 2 ? { role: "assistant", content: "word " } : { role: "user", content: "deltas=1" },
  );
  const body = { model: "bench", stream: true, stream_options: { include_usage: true }, messages };
  const times = [];
  for (let run = 0; run < 31; run++) {
    const before = process.cpuUsage();
    JSON.stringify(body);
    const { user, system } = process.cpuUsage(before);
    times.push((user + system) / 1_000);
  }
  return median(times);
}
