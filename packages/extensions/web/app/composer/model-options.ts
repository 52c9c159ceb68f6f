/** The models to choose from, by the shortest names that tell them apart. Pure. */
import type { ModelInfo } from "@dispatch/wire";

export interface ModelOptions {
  readonly value: string;
  readonly options: readonly { readonly id: string; readonly label: string }[];
}

/** One that is set and not offered (any more) stands in the list all the same: it is what would be asked. */
export function modelOptions(items: readonly ModelInfo[], set: string | undefined): ModelOptions {
  const credentials = new Set(items.map(({ credential }) => credential));
  const options = items.map(({ id, name, credential }) => {
    const short = name ?? id.slice(credential.length + 1);
    return { id, label: credentials.size > 1 ? `${credential} · ${short}` : short };
  });
  const value = set ?? items.find((item) => item.default)?.id ?? items[0]?.id ?? "";
  if (value !== "" && !items.some(({ id }) => id === value)) options.unshift({ id: value, label: value });
  if (options.length === 0) options.push({ id: "", label: "no models" });
  return { value, options };
}
