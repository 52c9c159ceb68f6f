// keep-out.ts — a guard: no tool call may name a file that usually holds secrets
import { defineExtension, defineManifest } from "@dispatch/kernel";
import { beforeTool } from "@dispatch/session-orchestrator/ports";

export const manifest = defineManifest({
  id: "keep-out",
  version: "1.0.0",
  apiVersion: "^1.0.0",
  description: "Refuses tool calls that name .env files and private keys.",
  dependsOn: { "session-orchestrator": "*" },
  listens: { filters: ["session-orchestrator/beforeTool"] },
});

const secretFile = /(^|[/\\"\s])(\.env(\.\w+)?|id_(rsa|ed25519))(?=["\s]|$)/;

export default defineExtension(manifest, (host) => {
  host.filter(beforeTool, (call) => {
    if (!secretFile.test(JSON.stringify(call.input))) return call;
    host.log.info("refused a tool call", { tool: call.name });
    return { ...call, denied: "That file may hold secrets; ask the user for what you need." };
  });
});
