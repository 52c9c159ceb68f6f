/** A model that says what the test tells it, when the test tells it. */
import type { Provider, ProviderEvent } from "@dispatch/kernel";

export interface PacedProvider {
  readonly provider: Provider;
  /** One read of the network. Waits for nobody. */
  say(text: string): void;
  /** Ends the answer. */
  finish(): void;
}

export function pacedProvider(): PacedProvider {
  const waiting: ProviderEvent[] = [];
  let wake = (): void => undefined;
  const push = (event: ProviderEvent) => {
    waiting.push(event);
    wake();
  };
  return {
    provider: {
      async *stream(_request, { signal }) {
        for (;;) {
          const event = waiting.shift();
          if (event) {
            yield event;
            if (event.type === "finish") return;
            continue;
          }
          await new Promise<void>((resolve, reject) => {
            const abort = () => reject(signal.reason);
            signal.addEventListener("abort", abort, { once: true });
            wake = () => {
              signal.removeEventListener("abort", abort);
              resolve();
            };
          });
        }
      },
      models: async () => [],
    },
    say: (text) => push({ type: "text", text }),
    finish: () => push({ type: "finish", reason: "stop" }),
  };
}
