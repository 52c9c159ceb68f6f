// (a) What a turn through the server takes beyond the same stream read directly; (b) many deltas against a bare relay.
import { cpuSeconds, drained, here, median, start, startDispatch } from "./processes.mjs";

async function timed(url, headers, body) {
  const began = performance.now();
  return drained(await fetch(url, { method: "POST", headers, body: JSON.stringify(body) }), began);
}

const direct = (provider, deltas) =>
  timed(
    `${provider}/v1/chat/completions`,
    {},
    { model: "bench", stream: true, messages: [{ role: "user", content: `deltas=${deltas}` }] },
  );
const throughServer = ({ url, headers, dataDir }, deltas) =>
  timed(`${url}/chat`, headers, { message: `deltas=${deltas}`, cwd: dataDir });

/** Once for the first turns of a server, whose code is cold, and once for those of one that has run a few hundred. */
export async function turnOverhead({ runs = 31, warmUp = 300 } = {}) {
  const provider = await start([here("provider.mjs")]);
  const server = await startDispatch(provider.url);
  const rows = [];
  const measures = [
    { name: "first turns", deltas: 1, before: 5 },
    { name: "1 delta", deltas: 1, before: warmUp },
    { name: "500 deltas", deltas: 500, before: warmUp },
  ];
  try {
    for (const { name, deltas, before } of measures) {
      const with_ = [];
      const without = [];
      for (let run = -before; run < runs; run++) {
        const a = await throughServer(server, deltas);
        const b = await direct(provider.url, deltas);
        if (run >= 0) {
          with_.push(a);
          without.push(b);
        }
      }
      rows.push({
        name,
        server: median(with_),
        direct: median(without),
        overhead: median(with_.map((value, index) => value - without[index])),
      });
    }
    return rows;
  } finally {
    provider.stop();
    await server.stop();
  }
}

export async function relayRatio({ deltas = 20_000, runs = 7 } = {}) {
  const provider = await start([here("provider.mjs")]);
  const relay = await start([here("relay.mjs"), provider.url]);
  const server = await startDispatch(provider.url);
  const rows = { server: [], relay: [], cpu: [], relayCpu: [] };
  try {
    for (let run = -2; run < runs; run++) {
      let before = cpuSeconds(server.child.pid);
      const ours = await throughServer(server, deltas);
      const cpu = cpuSeconds(server.child.pid) - before;
      before = cpuSeconds(relay.child.pid);
      const raw = await timed(relay.url, {}, { message: `deltas=${deltas}` });
      const relayCpu = cpuSeconds(relay.child.pid) - before;
      if (run < 0) continue;
      rows.server.push(ours);
      rows.relay.push(raw);
      rows.cpu.push((cpu / deltas) * 10_000);
      rows.relayCpu.push((relayCpu / deltas) * 10_000);
    }
    const ratios = rows.relay.map((raw, index) => raw / rows.server[index]);
    return {
      server: median(rows.server),
      relay: median(rows.relay),
      ratio: median(ratios),
      cpuPer10k: median(rows.cpu),
      relayCpuPer10k: median(rows.relayCpu),
    };
  } finally {
    provider.stop();
    relay.stop();
    await server.stop();
  }
}
