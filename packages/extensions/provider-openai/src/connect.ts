/** A credential becomes a provider. No network is touched before the first request. */
import type { Endpoint, HostAPI, Provider, ProviderFailure } from "@dispatch/kernel";
import { type Base, defaultBaseUrl, parseBaseUrl } from "./base-url.ts";
import type { EncodeHistory } from "./encode/encode-history.ts";
import { failure, failureError } from "./failure.ts";
import type { FailureContext } from "./http-failure.ts";
import { listModels } from "./list-models.ts";
import { streamChat } from "./stream-chat.ts";

/** Settings of the extension, in ms. */
export interface OpenAiSettings {
  /** Default 120,000; 300,000 for a local server. */
  readonly idleTimeoutMs?: number | undefined;
  readonly modelsTimeoutMs: number;
}

/** What the adapter takes from its host. */
export interface OpenAiDeps extends Pick<HostAPI, "timers" | "now" | "signal"> {
  readonly settings: OpenAiSettings;
  readonly encodeHistory: EncodeHistory;
}

/** What every request to this server needs. */
export interface Target {
  readonly base: Base;
  /** Read for each request, so that a changed key is picked up. */
  readonly headers: Headers;
  readonly context: FailureContext;
  /** It is OpenAI itself, or its twin on Azure. */
  readonly official: boolean;
  /** Models of this server that were seen to refuse pictures. */
  readonly noPictures: Set<string>;
}

export function connectOpenAi(endpoint: Endpoint, deps: OpenAiDeps): Provider {
  const noPictures = new Set<string>();
  const aim = (model?: string): Target | ProviderFailure => {
    const target = targetOf(endpoint, model);
    return "code" in target ? target : { ...target, noPictures };
  };
  return {
    async *stream(request, { signal, log }) {
      if (signal.aborted) return;
      const target = aim(request.model);
      if ("code" in target) yield { type: "error", error: target };
      else yield* streamChat(request, target, signal, log, deps);
    },
    async models(signal) {
      const target = aim();
      if ("code" in target) throw failureError(target);
      return listModels(target, signal, deps);
    },
  };
}

function targetOf(
  { credential, baseUrl, apiKey }: Endpoint,
  model: string | undefined,
): Omit<Target, "noPictures"> | ProviderFailure {
  const base = parseBaseUrl(baseUrl || defaultBaseUrl);
  if (base === undefined)
    return failure(
      "provider-config",
      `The base URL of the credential "${credential}" cannot be used.`,
      false,
      {
        fix: "Give an http or https URL without user name and password, such as https://api.openai.com/v1.",
      },
    );
  const key = apiKey()?.trim();
  const headers = new Headers({ "content-type": "application/json" });
  // The error of a value that is no header would repeat the value.
  if (key && !/^[\x20-\x7e]+$/.test(key))
    return failure(
      "provider-auth",
      `The API key of the credential "${credential}" has characters no key can have.`,
      false,
      {
        fix: `Check the API key of the credential "${credential}".`,
      },
    );
  if (key) headers.set("authorization", `Bearer ${key}`);
  const context = { credential, model, baseUrl: base.shown, apiKey: key };
  const official = /(^|\.)openai\.(azure\.)?com$/.test(base.hostname);
  return { base, headers, context, official };
}
