/** Names of models: which one a bare credential means, and whether a catalogue holds one. Pure. */
import type { ProviderModel } from "@dispatch/kernel";

/** Servers list all they have, in no useful order: these answer no chat. */
const noChat =
  /embed|whisper|tts|dall-e|image|audio|realtime|moderation|transcri|rerank|babbage|davinci|guard|sora|-instruct-0914|-search|computer-use|deep-research|codex-mini/i;
/** Taken first where they are listed: current all-rounders that take tools with any effort. */
const preferred = ["gpt-5.1", "gpt-5", "gpt-4.1", "gpt-4o"];

/** The model a bare credential name means; undefined when nothing is listed. */
export function pickModel(names: readonly string[]): string | undefined {
  return (
    preferred.find((name) => names.includes(name)) ?? names.find((name) => !noChat.test(name)) ?? names[0]
  );
}

/** What a server adds to a name, or lets users leave out: a tag, a date. */
const suffix = /(:latest|-latest|-\d{8}|-\d{4}-\d{2}-\d{2})$/;

/** The entry for `model`, given by its name or an alias of it; variants (`name:online`) count as the model itself. */
export function findModel(catalogue: readonly ProviderModel[], model: string): ProviderModel | undefined {
  const exact = catalogue.find(({ name }) => name === model);
  if (exact) return exact;
  const colon = model.lastIndexOf(":");
  const base = model.replace(/[:-]latest$/, "");
  return (
    catalogue.find(({ name }) => name.replace(suffix, "") === base) ??
    (colon > 0 ? catalogue.find(({ name }) => name === model.slice(0, colon)) : undefined)
  );
}
