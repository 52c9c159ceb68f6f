/**
 * `plan()` is the only place that decides what is sent to a provider: model, system prompt, messages, sorted tools. Turn,
 * warming and compaction all come through here, so their prefixes are equal byte for byte.
 */
import type {
  AnyTool,
  CompiledSchema,
  Contribution,
  ModelMessage,
  ReadAttachment,
  ReadyTool,
  StepPlan,
} from "@dispatch/kernel";
import type { Effort } from "@dispatch/wire";
import type { PlanDraft } from "../ports/hooks.ts";
import type { ResolvedModel } from "../ports/models.ts";

/** What stays the same over the steps of a turn. */
export interface Frozen {
  readonly model: ResolvedModel;
  readonly system: string | undefined;
  readonly tools: readonly ReadyTool[];
  readonly effort: Effort;
  readonly attachment: ReadAttachment | undefined;
}

export interface FreezeInput {
  readonly conversationId: string;
  readonly purpose: PlanDraft["purpose"];
  readonly cwd: string;
  readonly model: ResolvedModel;
  readonly effort: Effort;
  /** The conversation's own system prompt. */
  readonly system: string | undefined;
  readonly attachment: ReadAttachment | undefined;
  readonly tools: readonly Contribution<AnyTool>[];
  readonly compile: (tool: AnyTool) => CompiledSchema;
  /** A tool whose schema cannot be read is left out, and said so. */
  readonly unusable: (name: string, extensionId: string, error: unknown) => void;
  /** Runs the `planTurn` filter. */
  readonly filter: (draft: PlanDraft) => Promise<PlanDraft>;
}

/** Once per turn: offers the draft to extensions and fixes the outcome. */
export async function freeze(input: FreezeInput): Promise<Frozen> {
  const { conversationId, purpose, cwd, model, effort, system, attachment } = input;
  const known = new Map<string, { tool: AnyTool; schema: CompiledSchema }>();
  for (const { name, value: tool, extensionId } of input.tools) {
    try {
      known.set(name, { tool, schema: input.compile(tool) });
    } catch (error) {
      input.unusable(name, extensionId, error);
    }
  }
  const draft = await input.filter({
    conversationId,
    purpose,
    cwd,
    model: model.id,
    system: system === undefined ? [] : [{ id: "conversation", text: system }],
    tools: [...known].sort(byName).map(([name, { tool, schema }]) => ({
      name,
      description: tool.description,
      inputSchema: schema.json,
    })),
  });
  const ready = draft.tools.flatMap(({ name, description, inputSchema }): ReadyTool[] => {
    const entry = known.get(name);
    return entry
      ? [{ name, spec: { name, description, inputSchema }, schema: entry.schema, tool: entry.tool }]
      : [];
  });
  const text = draft.system.map((part) => part.text).join("\n\n");
  return {
    model,
    effort,
    attachment,
    system: text === "" ? undefined : text,
    tools: ready.sort((a, b) => (a.name < b.name ? -1 : 1)),
  };
}

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1);

/** What one request sends. `extra` follows the conversation's own messages: nothing before it changes with the purpose. */
export function plan(
  frozen: Frozen,
  messages: readonly ModelMessage[],
  extra: { messages?: readonly ModelMessage[]; maxOutputTokens?: number } = {},
): StepPlan {
  return {
    model: frozen.model.model,
    system: frozen.system,
    messages: extra.messages ? [...messages, ...extra.messages] : messages,
    tools: frozen.tools,
    effort: frozen.effort,
    attachment: frozen.attachment,
    ...(extra.maxOutputTokens === undefined ? {} : { maxOutputTokens: extra.maxOutputTokens }),
  };
}
