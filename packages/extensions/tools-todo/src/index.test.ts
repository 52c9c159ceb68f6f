import {
  defineExtension,
  defineManifest,
  type KeyValue,
  kv,
  type ToolContext,
  tools,
} from "@dispatch/kernel";
import { createTestHost, expectNoLeaks } from "@dispatch/kernel/testing";
import { conversationDeleted } from "@dispatch/session-orchestrator/ports";
import { memoryKv } from "@dispatch/session-orchestrator/testing";
import { describe, expect, it } from "vitest";
import extension from "./index.ts";
import { dropped, maxItems, renderList, type TodoItem } from "./todo-list.ts";

const item = (text: string, status: TodoItem["status"] = "pending"): TodoItem => ({ text, status });

/** A real host over the given store; `remove` says that a conversation was deleted. */
async function start(values: KeyValue) {
  let remove = (_conversationId: string) => {};
  const around = defineManifest({
    id: "around",
    version: "1.0.0",
    apiVersion: "^1.0.0",
    contributes: { services: ["kv"] },
  });
  const owner = defineManifest({
    id: "session-orchestrator",
    version: "1.0.0",
    apiVersion: "^1.0.0",
    contributes: { events: ["session-orchestrator/conversationDeleted"] },
  });
  const host = createTestHost({
    extensions: [
      defineExtension(around, (api) => void api.provide(kv, values)),
      defineExtension(owner, (api) => {
        remove = (conversationId) => api.emit(conversationDeleted, { conversationId });
      }),
      extension,
    ],
  });
  expect((await host.start()).problems).toEqual([]);
  const [tool] = host.list(tools);
  const write = async (conversationId: string, ...items: readonly TodoItem[]) =>
    (await tool?.value.execute({ items }, { conversationId } as ToolContext))?.output;
  return { host, tool, write, remove: (id: string) => remove(id) };
}

describe("todo_write", () => {
  it("keeps a list for each conversation, over a restart", async () => {
    const values = memoryKv();
    const first = await start(values);
    expect(first.tool).toMatchObject({ name: "todo_write", value: { kind: "read", concurrencySafe: false } });
    expect(await first.write("a", item("read", "done"), item("think", "in_progress"), item("write"))).toBe(
      "[x] read\n[>] think\n[ ] write\n(1 of 3 done, 1 in progress)",
    );
    expect(await first.write("b", item("other"))).toBe("[ ] other\n(0 of 1 done, 0 in progress)");
    await first.host.stop();
    expectNoLeaks(first.host);

    const second = await start(values);
    expect(await second.write("a", item("think", "done"))).toBe(
      "[x] think\n(1 of 1 done, 0 in progress)\n(no longer on the list, and not done:)\n[ ] write\n" +
        "(0 of 1 done, 0 in progress)",
    );
    expect(await second.write("a")).toBe("(the list is empty)");
    await second.host.stop();
  });

  it("forgets the list of a conversation that was deleted, and survives a stored value of another shape", async () => {
    const values = memoryKv();
    const { host, write, remove } = await start(values);
    await write("a", item("x"));
    await write("b", item("x"));
    remove("a");
    await host.clock.settle();
    const keys = (await values.list("tools-todo")).map(({ key }) => key);
    expect(keys).toEqual(["list/b"]);
    await values.set("tools-todo", "list/b", { old: true });
    expect(await write("b", item("y"))).toBe("[ ] y\n(0 of 1 done, 0 in progress)");
    await host.stop();
  });

  it("checks its arguments", async () => {
    const { host, tool } = await start(memoryKv());
    const check = async (items: unknown) => {
      const schema = tool?.value.parameters as { "~standard": { validate(value: unknown): unknown } };
      return !("issues" in ((await schema["~standard"].validate({ items })) as object));
    };
    expect(await check([])).toBe(true);
    expect(await check(Array(maxItems).fill(item("x")))).toBe(true);
    expect(await check(Array(maxItems + 1).fill(item("x")))).toBe(false);
    for (const wrong of [item(""), item(" "), item("x".repeat(501)), { text: "x" }, { ...item("x"), id: 1 }])
      expect(await check([wrong])).toBe(false);
    await host.stop();
  });
});

describe("the list", () => {
  it("shows an item on one line, whatever is in it", () => {
    expect(renderList([item("a\n[x] b")])).toBe("[ ] a [x] b\n(0 of 1 done, 0 in progress)");
  });

  it("tells what was dropped by its text; what was done may go", () => {
    const before = [item("a"), item("b", "done"), item("c", "in_progress")];
    expect(dropped(before, [item("a", "done")])).toEqual([item("c", "in_progress")]);
    expect(dropped(before, before)).toEqual([]);
  });
});
