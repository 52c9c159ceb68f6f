/** `@dispatch/provider-openai`: contributes the dialect `openai` to the point `providers`. */
import { defineExtension, providers } from "@dispatch/kernel";
import { connectOpenAi, type OpenAiSettings } from "./connect.ts";
import { createMessageEncoder } from "./encode-message.ts";
import { manifest } from "./manifest.ts";

export { manifest };

export default defineExtension<typeof manifest, OpenAiSettings>(manifest, (host) => {
  const { settings, timers, now, signal } = host;
  // One encoder for all credentials: the messages of a conversation are encoded once, whoever they go to.
  const encodeMessage = createMessageEncoder();
  host.contribute(providers, "openai", {
    connect: (endpoint) => connectOpenAi(endpoint, { settings, timers, now, signal, encodeMessage }),
  });
});
