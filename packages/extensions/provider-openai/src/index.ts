/** `@dispatch/provider-openai`: contributes the dialect `openai` to the point `providers`. */
import { setMaxListeners } from "node:events";
import { defineExtension, providers } from "@dispatch/kernel";
import { connectOpenAi, type OpenAiSettings } from "./connect.ts";
import { createHistoryEncoder } from "./encode/encode-history.ts";
import { createMessageEncoder } from "./encode/encode-message.ts";
import { manifest } from "./manifest.ts";

export { manifest };

export default defineExtension<typeof manifest, OpenAiSettings>(manifest, (host) => {
  const { settings, timers, now, signal } = host;
  // Every open request listens to it, and takes itself off when it ends: many at once are no leak.
  setMaxListeners(0, signal);
  // One encoder for all credentials: the messages of a conversation are encoded once, whoever they go to.
  const encodeHistory = createHistoryEncoder(createMessageEncoder());
  host.contribute(providers, "openai", {
    connect: (endpoint) => connectOpenAi(endpoint, { settings, timers, now, signal, encodeHistory }),
  });
});
