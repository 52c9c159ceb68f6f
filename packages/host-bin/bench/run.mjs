// `npm run bench [name …]`: figures as ratios against a raw limit measured in the same run. Needs a build and a quiet machine.
import { appendCost } from "./append-cost.mjs";
import { helpCost, manyAtOnce, memory, readyTime } from "./footprint.mjs";
import { historyCost } from "./history-cost.mjs";
import { relayRatio, turnOverhead } from "./turn-overhead.mjs";

const ms = (value) => `${value.toFixed(2)} ms`;
const benches = {
  async overhead() {
    for (const { deltas, server, direct, overhead } of await turnOverhead()) {
      console.log(
        `(a) turn overhead, ${deltas} deltas: ${ms(overhead)} (server ${ms(server)}, direct ${ms(direct)})`,
      );
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
};

const names = process.argv.slice(2);
for (const name of names.length > 0 ? names : Object.keys(benches)) {
  if (!benches[name]) throw new Error(`no bench ${name}: ${Object.keys(benches).join(", ")}`);
  await benches[name]();
}
