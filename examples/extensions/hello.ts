// hello.ts — run with: dispatch serve --ext ./hello.ts
import { defineExtension, defineManifest, tools } from "@dispatch/kernel";
import { z } from "zod";
export const manifest = defineManifest({
  id: "hello",
  version: "1.0.0",
  apiVersion: "^1.0.0",
  contributes: { points: { tools: ["hello"] } },
});
export default defineExtension(manifest, (host) => {
  host.contribute(tools, "hello", {
    description: "Greets.",
    parameters: z.object({ name: z.string() }), // zod or plain JSON Schema
    execute: async ({ name }) => ({ output: `Hello, ${name}!` }),
  });
});
