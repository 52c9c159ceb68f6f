/** What one server lists, remembered: asked at most once at a time, never longer than agreed. */
import type { HostAPI, Provider, ProviderModel } from "@dispatch/kernel";

/** A server that failed is not asked again for this long, in ms, so that one dead server does not slow every list. */
const failureMs = 10_000;

export type CatalogueAnswer =
  | { readonly models: readonly ProviderModel[]; readonly failure?: undefined }
  | { readonly failure: string; readonly models?: undefined };

export interface Catalogue {
  /** The newest list that is known, of any age; undefined: none ever came. Asks nobody. */
  readonly known: readonly ProviderModel[] | undefined;
  /** The list, at most `cacheMs` old. Never rejects. */
  fetch(): Promise<CatalogueAnswer>;
}

export interface CatalogueOptions {
  readonly timeoutMs: number;
  readonly cacheMs: number;
  /** Keeps secrets out of what a failure says. */
  readonly redact: (text: string) => string;
}

export function createCatalogue(
  provider: Provider,
  host: Pick<HostAPI, "now" | "timers" | "signal">,
  { timeoutMs, cacheMs, redact }: CatalogueOptions,
): Catalogue {
  let known: readonly ProviderModel[] | undefined;
  let last: { readonly answer: CatalogueAnswer; readonly until: number } | undefined;
  let asking: Promise<CatalogueAnswer> | undefined;

  async function ask(): Promise<CatalogueAnswer> {
    const controller = new AbortController();
    const stop = (): void => controller.abort(new Error("The extension stopped."));
    let cancel: () => void = stop;
    // A provider that ignores the signal must not hold up the others.
    const late = new Promise<never>((_, reject) => {
      cancel = host.timers.after(timeoutMs, () => {
        const error = new Error(`It did not list its models within ${timeoutMs / 1000} s.`);
        controller.abort(error);
        reject(error);
      });
    });
    host.signal.addEventListener("abort", stop, { once: true });
    try {
      known = await Promise.race([provider.models(controller.signal), late]);
      return { models: known };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return { failure: redact(message).slice(0, 1_000) };
    } finally {
      cancel();
      host.signal.removeEventListener("abort", stop);
    }
  }

  return {
    get known() {
      return known;
    },
    async fetch() {
      if (last && host.now() < last.until) return last.answer;
      asking ??= ask().then((answer) => {
        const keepMs = answer.failure === undefined ? cacheMs : Math.min(cacheMs, failureMs);
        last = { answer, until: host.now() + keepMs };
        asking = undefined;
        return answer;
      });
      return asking;
    },
  };
}
