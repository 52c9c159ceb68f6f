/** What must not compile does not: each `@ts-expect-error` is an error when the line below it type-checks. */
import { describe, expectTypeOf, it } from "vitest";
import * as z from "zod";
import {
  type AnyTool,
  defineEvent,
  defineExtension,
  defineFilter,
  defineManifest,
  definePoint,
  defineService,
  defineTool,
  type EventHandle,
  type HostAPI,
  type ServiceHandle,
  tools,
} from "../index.ts";

interface Animal {
  readonly name: string;
}
interface Dog extends Animal {
  bark(): string;
}

const happened = defineEvent<{ id: string }>()("pets/happened");
const planWalk = defineFilter<{ readonly steps: number }>()("pets/planWalk", {
  onError: "skip",
  timeoutMs: 10,
});
const kennel = defineService<Animal>()("pets/kennel");
const toys = definePoint<{ readonly color: string }>()("pets/toys");
const manifest = defineManifest({
  id: "pets",
  version: "1.0.0",
  apiVersion: "^1.0.0",
  contributes: {
    points: { tools: ["walk", "pet_*"], "pets/toys": ["ball"] },
    services: ["pets/kennel"],
    events: ["pets/happened"],
    filters: ["pets/planWalk"],
  },
  listens: { events: ["pets/happened"], filters: ["pets/planWalk"] },
});
const otherEvent = defineEvent<{ id: string }>()("other/event");
const otherFilter = defineFilter<{ id: string }>()("other/filter", { onError: "skip", timeoutMs: 10 });
const otherService = defineService<Animal>()("other/service");
const execute = () => ({ output: "" });

/** Never called: the compiler reads it. */
export const typeChecks = defineExtension(manifest, (host) => {
  host.contribute(tools, "walk", {
    description: "Walks.",
    parameters: z.object({ name: z.string(), steps: z.number().default(1) }),
    target: ({ name }) => name,
    execute: async ({ name, steps }, { signal }) => {
      expectTypeOf(name).toEqualTypeOf<string>();
      expectTypeOf(steps).toEqualTypeOf<number>();
      expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
      return { output: name };
    },
  });
  host.contribute(tools, "walk", {
    description: "Plain JSON Schema.",
    parameters: { type: "object", properties: { name: { type: "string" } } },
    execute: (input) => {
      expectTypeOf(input).toEqualTypeOf<Record<string, unknown>>();
      return { output: "" };
    },
  });
  host.contribute(tools, "walk", {
    description: "Uses what its parameters do not have.",
    parameters: z.object({ name: z.string() }),
    // @ts-expect-error there is no `nam`
    execute: async ({ nam }) => ({ output: nam }),
  });
  host.contribute(tools, "walk", {
    description: "Gives no output.",
    parameters: z.object({ name: z.string() }),
    // @ts-expect-error a tool gives `{ output }`
    execute: async ({ name }) => name,
  });
  // @ts-expect-error a tool has a description
  host.contribute(tools, "walk", { parameters: z.object({}), execute });
  const apart = defineTool({
    description: "",
    parameters: z.object({ n: z.number() }),
    execute: ({ n }) => ({ output: `${n}` }),
  });
  host.contribute(tools, "pet_anything", apart);
  const dynamic: AnyTool = { description: "", parameters: { type: "object" }, execute };
  host.contribute(tools, "pet_dynamic", dynamic);

  // @ts-expect-error "run" is not declared
  host.contribute(tools, "run", { description: "", parameters: {}, execute });
  host.contribute(toys, "ball", { color: "red" });
  // @ts-expect-error "walk" is declared for another point
  host.contribute(toys, "walk", { color: "red" });
  // @ts-expect-error a toy has a color
  host.contribute(toys, "ball", { colour: "red" });
  // @ts-expect-error the point is not declared
  host.contribute(definePoint<string>()("other/point"), "ball", "x");

  host.provide(kennel, { name: "Rex" });
  // @ts-expect-error an animal has a name
  host.provide(kennel, { nom: "Rex" });
  // @ts-expect-error the service is not declared
  host.provide(otherService, { name: "Rex" });
  expectTypeOf(host.get(kennel)).toEqualTypeOf<Animal>();
  expectTypeOf(host.find(otherService)).toEqualTypeOf<Animal | undefined>();
  expectTypeOf(host.load(kennel)).toEqualTypeOf<Promise<Animal>>();

  host.on(happened, ({ id }) => {
    expectTypeOf(id).toEqualTypeOf<string>();
  });
  // @ts-expect-error the event is not declared
  host.on(otherEvent, () => {});
  host.emit(happened, { id: "1" });
  // @ts-expect-error the payload does not widen the event's type
  host.emit(happened, { id: 1 });
  // @ts-expect-error nothing is left out
  host.emit(happened, {});
  // @ts-expect-error the event is not its own
  host.emit(otherEvent, { id: "1" });

  host.filter(planWalk, (walk) => ({ steps: walk.steps + 1 }), "late");
  // @ts-expect-error forgot to return
  host.filter(planWalk, (walk) => void walk.steps);
  // @ts-expect-error the filter is not declared
  host.filter(otherFilter, (value) => value);
  expectTypeOf(host.apply(planWalk, { steps: 1 })).toEqualTypeOf<Promise<{ readonly steps: number }>>();
  // @ts-expect-error the filter is not its own
  void host.apply(otherFilter, { id: "1" });
  expectTypeOf(host.settings).toEqualTypeOf<unknown>();
});

describe("types", () => {
  it("keeps the names of a manifest literal", () => {
    expectTypeOf(manifest.contributes.points.tools).toEqualTypeOf<readonly ["walk", "pet_*"]>();
    expectTypeOf<Parameters<HostAPI<typeof manifest>["on"]>[0]["id"]>().toEqualTypeOf<"pets/happened">();
  });

  it("holds handles invariant", () => {
    const dogs = defineService<Dog>()("pets/dogs");
    // @ts-expect-error who provides a dog's service must provide a dog
    const widened: ServiceHandle<"pets/dogs", Animal> = dogs;
    // @ts-expect-error who asks an animal's service gets no dog
    const narrowed: ServiceHandle<"pets/kennel", Dog> = kennel;
    // @ts-expect-error an event's payload is exactly its type
    const event: EventHandle<"pets/happened", { id: string | number }> = happened;
    expectTypeOf([widened, narrowed, event]).toBeArray();
  });

  it("types settings when given", () => {
    defineExtension<typeof manifest, { readonly depth: number }>(manifest, (host) => {
      expectTypeOf(host.settings.depth).toEqualTypeOf<number>();
    });
  });
});
