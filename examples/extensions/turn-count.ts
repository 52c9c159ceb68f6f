// turn-count.ts — hears an event and answers over HTTP: GET /ext/turn-count/counts
import { defineExtension, defineManifest } from "@dispatch/kernel";
import { turnSettled } from "@dispatch/session-orchestrator/ports";
import { defineRoute, routes } from "@dispatch/transport-http/ports";
import * as z from "zod";

export const manifest = defineManifest({
  id: "turn-count",
  version: "1.0.0",
  apiVersion: "^1.0.0",
  description: "Counts how turns end.",
  dependsOn: { "session-orchestrator": "*", "transport-http": "*" },
  capabilities: ["routes"],
  contributes: { points: { "transport-http/routes": ["turnCounts"] } },
  listens: { events: ["session-orchestrator/turnSettled"] },
});

export default defineExtension(manifest, (host) => {
  const counts: Record<string, number> = {};

  host.on(turnSettled, ({ reason }) => {
    counts[reason] = (counts[reason] ?? 0) + 1;
  });

  const counted = defineRoute({
    method: "GET",
    path: "/ext/turn-count/counts",
    operation: "turnCounts",
    scope: "read",
    summary: "How many turns ended, by reason, since the server started.",
    responses: { 200: z.record(z.string(), z.number()) },
    handle: async () => ({ json: counts }),
  });
  host.contribute(routes, "turnCounts", counted);
});
