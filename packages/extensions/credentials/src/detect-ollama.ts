/** Adds the credential `ollama` when a local Ollama answers and none is configured. */
import type { CredentialsHost, CredentialTable } from "./credential-table.ts";
import { askOllama, ollamaOrigin } from "./ollama.ts";

const name = "ollama";
/** How long nobody there is taken to stay so, in ms. */
const repeatMs = 10_000;

/** Looking for it. Neither rejects. */
export interface Detection {
  /** Looks, unless one was found before or has just been looked for. */
  again(): Promise<void>;
  /** Resolves when it was looked for once. */
  once(): Promise<void>;
}

/** `variable`: the value of `OLLAMA_HOST`. */
export function createDetection(
  host: CredentialsHost,
  table: CredentialTable,
  variable: string | undefined,
): Detection {
  const { detectOllama, ollamaHost, detectTimeoutMs } = host.settings;
  const origin = ollamaOrigin(ollamaHost ?? variable);
  let looking: Promise<void> | undefined;
  let lookedAt: number | undefined;

  async function look(at: string): Promise<void> {
    const controller = new AbortController();
    const stop = (): void => controller.abort();
    const cancel = host.timers.after(detectTimeoutMs, stop);
    host.signal.addEventListener("abort", stop, { once: true });
    const names = await askOllama(at, controller.signal);
    cancel();
    host.signal.removeEventListener("abort", stop);
    controller.abort();
    lookedAt = host.now();
    // One without models can answer nothing: better none than a default that fails.
    if (names === undefined || names.length === 0 || host.signal.aborted) return;
    table.add(name, { provider: "openai", baseUrl: `${at}/v1` });
    host.log.info("found a local Ollama", { url: at, models: names.length });
  }

  async function again(): Promise<void> {
    if (!detectOllama || origin === undefined || table.has(name)) return;
    if (lookedAt !== undefined && host.now() - lookedAt < repeatMs) return;
    looking ??= look(origin).finally(() => {
      looking = undefined;
    });
    await looking;
  }

  return { again, once: async () => (lookedAt === undefined ? again() : undefined) };
}
