/** `@dispatch/credentials`: provides the service `models`. */
import { defineExtension, hostStarted } from "@dispatch/kernel";
import { models } from "@dispatch/session-orchestrator/ports";
import { createCredentialTable } from "./credential-table.ts";
import { createDetection } from "./detect-ollama.ts";
import { type CredentialsSettings, manifest } from "./manifest.ts";
import { createModels } from "./models-service.ts";

export { manifest };

export default defineExtension<typeof manifest, CredentialsSettings>(manifest, (host) => {
  const table = createCredentialTable(host);
  const detection = createDetection(host, table, process.env.OLLAMA_HOST);
  const service = createModels({ table, defaultName: host.settings.default, detection });
  host.provide(models, service);
  // Once all dialects are there, after the boot: window sizes and wrong names are then known without asking.
  host.on(hostStarted, () => {
    host.timers.after(0, async () => {
      const { failures } = await service.list();
      for (const failure of failures) host.log.warn("a credential has no list of models", { ...failure });
    });
  });
});
