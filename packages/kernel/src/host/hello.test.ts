/** The example of the documentation, word for word, as an author outside this repository writes it. */

import { defineExtension, defineManifest, tools } from "@dispatch/kernel";
import { createTestHost, expectNoLeaks, sourceOf } from "@dispatch/kernel/testing";
import { expect, it } from "vitest";
// biome-ignore lint/style/noRestrictedImports: authors outside may import zod as its own documentation does
import { z } from "zod";

export const manifest = defineManifest({
  id: "hello",
  version: "1.0.0",
  apiVersion: "^1.0.0",
  contributes: { points: { tools: ["hello"] } },
});
const hello = defineExtension(manifest, (host) => {
  host.contribute(tools, "hello", {
    description: "Greets.",
    parameters: z.object({ name: z.string() }), // zod or plain JSON Schema
    execute: async ({ name }) => ({ output: `Hello, ${name}!` }),
  });
});

it("runs the example", async () => {
  const host = createTestHost({ extensions: [sourceOf(hello, "local")] });
  const { problems } = await host.start();
  expect(problems).toEqual([]);
  const [contribution] = host.list(tools);
  expect(contribution).toMatchObject({ name: "hello", extensionId: "hello" });
  expect(await contribution?.value.execute({ name: "Ada" }, {} as never)).toEqual({ output: "Hello, Ada!" });
  await host.stop();
  expectNoLeaks(host);
});
