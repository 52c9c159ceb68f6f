// `npm run bench [name …]`: figures as ratios against a raw limit measured in the same run. Needs a build and a quiet machine.
import { appendCost } from "./append-cost.mjs";
import { helpCost, manyAtOnce, memory, readyTime } from "./footprint.mjs";
import { historyCost } from "./history-cost.mjs";
import { fanOut } from "./live/fan-out.mjs";
import { lateJoin, turnsAtOnce } from "./live/late-join.mjs";
import { idleViewers, pausedViewer } from "./live/viewer-memory.mjs";
import { relayRatio, turnOverhead } from "./turn-overhead.mjs";

const ms = (value) => `${value.toFixed(2)} ms`;
/** Whether the aim is met. */
const verdict = (met) => (met ? "ok" : "MISSED");
const lagAims = new Map([
  [100, 10],
  [500, 60],
]);
const benches = {
  async overhead() {
    for (const { name, server, direct, overhead } of await turnOverhead()) {
      console.log(`(a) turn overhead, ${name}: ${ms(overhead)} (server ${ms(server)}, direct ${ms(direct)})`);
    }
  },
  async relay() {
    const { server, relay, ratio, cpuPer10k, relayCpuPer10k } = await relayRatio();
    console.log(
      `(b) 20,000 deltas: ${ratio.toFixed(2)} of a bare relay (server ${ms(server)}, relay ${ms(relay)})`,
    );
    console.log(
      `    CPU per 10,000 deltas: ${cpuPer10k.toFixed(3)} s (relay ${relayCpuPer10k.toFixed(3)} s)`,
    );
  },
  async append() {
    const { ours, raw, ratio } = await appendCost();
    console.log(
      `(c) one synced append: ${ratio.toFixed(2)}× a raw synced batch (${ms(ours)} against ${ms(raw)})`,
    );
  },
  async history() {
    const rows = await historyCost();
    for (const { messages, cpu, encode, bytes, net } of rows) {
      console.log(
        `(d) a turn after ${messages} messages: ${ms(cpu)} CPU, less ${ms(encode)} for one JSON.stringify: ${ms(net)} (${bytes} bytes sent)`,
      );
    }
    console.log(`    ${((rows.at(-1).net / rows[0].net) * 100).toFixed(0)} % of the first`);
  },
  async footprint() {
    const { help, empty, extra } = await helpCost();
    console.log(`(e) dispatch --help: ${ms(extra)} over an empty script (${ms(help)} against ${ms(empty)})`);
    console.log(`    server ready in ${ms(await readyTime())}`);
    const { idle, perConversation, perViewer } = await memory();
    console.log(
      `    memory: ${(idle / 1024).toFixed(0)} MiB idle, ${perConversation.toFixed(1)} KiB per idle conversation, ${perViewer.toFixed(1)} KiB per viewer`,
    );
  },
  async many() {
    const { ours, raw, ratio } = await manyAtOnce();
    console.log(
      `(f) 200 conversations at once: ${ratio.toFixed(2)}× the bare relay (${ms(ours)} against ${ms(raw)})`,
    );
  },
  async fanout() {
    for (const { viewers, fast, paced } of await fanOut()) {
      const aim = lagAims.get(viewers);
      console.log(
        `(g) ${viewers} viewers: ${fast.ratio.toFixed(2)} of a raw broadcast (${ms(fast.ours.ms)} against ${ms(fast.raw.ms)}), aim 0.9: ${verdict(fast.ratio >= 0.9)}`,
      );
      console.log(
        `    200 deltas/s: ${paced.ratio.toFixed(2)}; CPU ${paced.ours.cpu.toFixed(2)} s against ${paced.raw.cpu.toFixed(2)} s; lag p99 ${ms(paced.ours.p99)} (raw ${ms(paced.raw.p99)})${aim === undefined ? "" : `, aim ${aim} ms: ${verdict(paced.ours.p99 <= aim)}`}`,
      );
    }
  },
  async viewers() {
    const idle = await idleViewers();
    console.log(`(h) memory: ${idle.toFixed(1)} KiB per idle viewer, aim 24: ${verdict(idle <= 24)}`);
    const { read, paused, growth } = await pausedViewer();
    const mib = (kib) => `${(kib / 1024).toFixed(1)} MiB`;
    console.log(
      `    50 MB turn: peak ${mib(paused)} with its viewer paused, ${mib(read)} read; growth ${mib(growth)}, aim 8: ${verdict(growth <= 8 * 1024)}`,
    );
  },
  async latejoin() {
    const { ms: took, bytes, messages } = await lateJoin();
    console.log(
      `(i) joining after 20,000 deltas: ${messages} message, ${bytes.toFixed(2)}× its text, ${ms(took)}; aims 1, 2×, 50 ms: ${verdict(messages === 1 && bytes <= 2 && took <= 50)}`,
    );
  },
  async turns50() {
    const { ms: took, ideal, p50, p99 } = await turnsAtOnce();
    console.log(
      `(j) 50 turns with 2 viewers each, 50 deltas/s: ${(took / ideal).toFixed(2)}× their own pace; lag p50 ${ms(p50)}, p99 ${ms(p99)}`,
    );
  },
};

const names = process.argv.slice(2);
for (const name of names.length > 0 ? names : Object.keys(benches)) {
  if (!benches[name]) throw new Error(`no bench ${name}: ${Object.keys(benches).join(", ")}`);
  await benches[name]();
}
