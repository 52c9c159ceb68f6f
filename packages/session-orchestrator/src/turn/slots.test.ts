import fc from "fast-check";
import { expect, it } from "vitest";
import { createSlots } from "./slots.ts";

it("never gives more than there are, serves in order, and loses none to those who leave", async () => {
  const command = fc.oneof(
    fc.record({ do: fc.constant("take" as const), credential: fc.constantFrom("a", "b", "c") }),
    fc.record({ do: fc.constantFrom("give" as const, "leave" as const), which: fc.nat() }),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(command, { maxLength: 40 }),
      fc.nat(3),
      fc.nat(2),
      async (commands, total, perCredential) => {
        const slots = createSlots({ total, perCredential });
        const held: { credential: string; give: () => void }[] = [];
        const asked: AbortController[] = [];
        for (const command of commands) {
          if (command.do === "take") {
            const { credential } = command;
            const controller = new AbortController();
            asked.push(controller);
            slots
              .take(credential, controller.signal, () => undefined)
              .then(
                (give) => held.push({ credential, give }),
                () => undefined,
              );
          } else if (command.do === "leave") asked[command.which % asked.length]?.abort();
          else held.splice(command.which % Math.max(1, held.length), 1)[0]?.give();
          await new Promise((resolve) => setImmediate(resolve));
          if (total > 0) expect(held.length).toBeLessThanOrEqual(total);
          for (const name of ["a", "b", "c"]) {
            if (perCredential > 0)
              expect(held.filter(({ credential }) => credential === name).length).toBeLessThanOrEqual(
                perCredential,
              );
          }
        }
        for (const controller of asked) controller.abort();
        while (held.length > 0) {
          held.pop()?.give();
          await new Promise((resolve) => setImmediate(resolve));
        }
        const give = await slots.take("a", new AbortController().signal, () => undefined);
        give();
      },
    ),
    { numRuns: 60 },
  );
});

it("a full credential does not hold up another", async () => {
  const slots = createSlots({ total: 0, perCredential: 1 });
  const { signal } = new AbortController();
  let waited = false;
  const first = await slots.take("a", signal, () => undefined);
  const second = slots.take("a", signal, () => {
    waited = true;
  });
  await slots.take("b", signal, () => undefined);
  expect(waited).toBe(true);
  first();
  (await second)();
});
