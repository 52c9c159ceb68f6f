/** Which model answers, and how hard it thinks. */
import type { Effort } from "@dispatch/wire";
import type { JSX } from "preact";
import { useStore } from "../shell/store-context.ts";
import { modelOptions } from "./model-options.ts";
import type { Choice } from "./use-choice.ts";

const efforts: readonly Effort[] = ["low", "medium", "high", "xhigh", "max"];
const defaultEffort: Effort = "high";

export function ModelPicker({ choice }: { readonly choice: Choice }): JSX.Element {
  const { models } = useStore();
  const items = models.value?.items ?? [];
  const { value, options } = modelOptions(items, choice.model);
  return (
    <>
      <select
        class="picker of-next-turn"
        aria-label="Model"
        value={value}
        onChange={(event) => choice.setModel(event.currentTarget.value)}
      >
        {options.map(({ id, label }) => (
          <option key={id} value={id}>
            {label}
          </option>
        ))}
      </select>
      <select
        class="picker of-next-turn"
        aria-label="Reasoning effort"
        value={choice.effort ?? defaultEffort}
        onChange={(event) => choice.setEffort(event.currentTarget.value as Effort)}
      >
        {efforts.map((effort) => (
          <option key={effort} value={effort}>
            {effort}
          </option>
        ))}
      </select>
    </>
  );
}
