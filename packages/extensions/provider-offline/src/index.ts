/** `@dispatch/provider-offline`: contributes the dialect `offline` to the point `providers`. */
import { defineExtension, providers } from "@dispatch/kernel";
import { manifest } from "./manifest.ts";
import { createOfflineProvider, type OfflineSettings } from "./offline-provider.ts";

export { manifest };

export default defineExtension<typeof manifest, OfflineSettings>(manifest, (host) => {
  const provider = createOfflineProvider(host.settings, host.timers);
  host.contribute(providers, "offline", { connect: () => provider });
});
