/** What a provider's own test gives to `providerSuite`: the provider, and a way to script its other side. */
import type { HostClock } from "../bus/deadline.ts";
import type { Provider } from "../contracts/provider.ts";

/** How the other side is to answer a request. */
export type ProviderBehaviour =
  /** Exactly this text. `pieces` is where the other side cuts it; a cut may go through a character. */
  | { readonly kind: "text"; readonly pieces: readonly string[] }
  /** One call of the tool `probe`, which is in the request, with these arguments. */
  | { readonly kind: "tool-call"; readonly input: Readonly<Record<string, unknown>> }
  /** Takes the request and never answers. */
  | { readonly kind: "silence" }
  /** Some text, then nothing more, the connection open. */
  | { readonly kind: "stall"; readonly text: string }
  /** Some text, then the connection ends without the reply having ended. */
  | { readonly kind: "cut"; readonly text: string }
  /** Refuses the request: overloaded, may be repeated. */
  | { readonly kind: "overloaded" };

export type BehaviourKind = ProviderBehaviour["kind"];

export interface ProviderHarness {
  readonly provider: Provider;
  /** The provider's own name of a model that it serves. */
  readonly model: string;
  /** Gives the text of a user message to which the other side answers so. Different calls give different texts. */
  prompt(behaviour: ProviderBehaviour): string | Promise<string>;
  /** Real time, or a fake one that moves by itself. */
  readonly clock: HostClock;
  /** Requests that the other side holds open; absent when that cannot be seen. */
  openRequests?(): number | Promise<number>;
  /** Ends the other side. */
  close(): Promise<void> | void;
}

export interface ProviderCase {
  readonly name: string;
  /** Behaviours that the harness must be able to script. A test leaves the case out visibly when it cannot. */
  readonly needs: readonly BehaviourKind[];
  /** Makes a harness, runs, closes it. Rejects with what is wrong. */
  run(make: () => ProviderHarness | Promise<ProviderHarness>): Promise<void>;
}
