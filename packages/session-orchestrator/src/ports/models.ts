/** The port `models`: names to providers. */
import { defineService, type Provider } from "@dispatch/kernel";
import type { ModelsAnswer } from "@dispatch/wire";

export interface ResolvedModel {
  /** `<credential>/<model>` */
  readonly id: string;
  /** The provider's own name of the model. */
  readonly model: string;
  readonly provider: Provider;
  /** Tokens, when known. */
  readonly contextWindow?: number | undefined;
}

export interface Models {
  /**
   * By `<credential>/<model>`; a bare credential means its first model; absent, the default. Must be fast: asks no network
   * when the credential is known (the provider itself refuses a wrong model name). Rejects with `unknown-model` naming the nearest.
   */
  resolve(name: string | undefined): Promise<ResolvedModel>;
  /** What is there now, failures beside it. May ask the network, bounded in time. */
  list(): Promise<ModelsAnswer>;
}

export const models = defineService<Models>()("session-orchestrator/models");
