// (d) Server CPU of one turn at growing history, less one JSON.stringify of a request body of that size.
import { cpuSeconds, drained, here, median, start, startDispatch } from "./processes.mjs";

export async function historyCost({ sizes = [100, 1_000, 10_000], turns = 15 } = {}) {
  const provider = await start([here("provider.mjs")]);
  const server = await startDispatch(provider.url);
  const turn = async () => {
    const body = JSON.stringify({ message: "deltas=1", conversationId: "long", cwd: server.dataDir });
    await drained(await fetch(`${server.url}/chat`, { method: "POST", headers: server.headers, body }), 0);
  };
  const rows = [];
  let messages = 0;
  try {
    for (const size of sizes) {
      for (; messages < size; messages += 2) await turn();
      const cpu = [];
      for (let run = 0; run < turns; run++) {
        const before = cpuSeconds(server.child.pid);
        await turn();
        cpu.push((cpuSeconds(server.child.pid) - before) * 1_000);
        messages += 2;
      }
      const bytes = Number(await (await fetch(`${provider.url}/last-bytes`)).text());
      const encode = stringifyMs(messages);
      rows.push({ messages: size, cpu: median(cpu), encode, bytes, net: median(cpu) - encode });
    }
    return rows;
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
