/** The catalogue of a server: `GET /models`. */
import type { ProviderModel } from "@dispatch/kernel";
import { isObject, someText } from "./chunk-shape.ts";
import type { OpenAiDeps, Target } from "./connect.ts";
import { openConnection } from "./connection.ts";
import { failure, failureError, malformed } from "./failure.ts";
import { networkFailure, redirectFailure, statusFailure } from "./http-failure.ts";

/** More than any server has; the rest of a longer list is left out. */
const maxModels = 5_000;

/** Rejects with an error that is a `ProviderFailure` too; with the signal's reason when aborted. */
export async function listModels(
  target: Target,
  signal: AbortSignal,
  deps: OpenAiDeps,
): Promise<readonly ProviderModel[]> {
  const { base, headers, context } = target;
  const { modelsTimeoutMs } = deps.settings;
  const connection = openConnection(signal, deps, modelsTimeoutMs);
  const late = new AbortController();
  const stopClock = deps.timers.after(modelsTimeoutMs, () => late.abort());
  late.signal.addEventListener("abort", connection.close, { once: true });
  try {
    const response = await fetch(base.url("/models"), {
      headers,
      redirect: "manual",
      signal: connection.signal,
    });
    const { status } = response;
    if (status >= 300 && status < 400)
      throw failureError(redirectFailure(status, response.headers.get("location"), context));
    const text = await connection.text(response);
    if (!response.ok) throw failureError(statusFailure(status, response.headers, text, deps.now(), context));
    const models = readModels(text);
    if (models === undefined)
      throw failureError(malformed(`${context.baseUrl}/models is no list of models.`, false));
    return models;
  } catch (error) {
    signal.throwIfAborted();
    if (late.signal.aborted || connection.silent)
      throw failureError(
        failure(
          "provider-idle",
          `${context.baseUrl}/models did not answer in ${modelsTimeoutMs / 1000} s.`,
          true,
        ),
      );
    if (error instanceof Error && "retryable" in error) throw error;
    throw failureError(networkFailure(error, modelsTimeoutMs, context));
  } finally {
    stopClock();
    connection.close();
  }
}

function readModels(text: string): ProviderModel[] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const list = isObject(value) ? value.data : value;
  return Array.isArray(list) ? list.slice(0, maxModels).flatMap(readModel) : undefined;
}

function readModel(value: unknown): ProviderModel[] {
  if (!isObject(value)) return [];
  const name = someText(value.id);
  if (name === undefined || name.length > 250) return [];
  const displayName = someText(value.name);
  const sizes = [value.context_length, value.max_model_len, value.context_window, value.max_context_length];
  const contextWindow = sizes.find((size) => typeof size === "number" && Number.isInteger(size) && size > 0);
  return [
    {
      name,
      ...(displayName === undefined || displayName === name ? {} : { displayName }),
      ...(typeof contextWindow === "number" ? { contextWindow } : {}),
    },
  ];
}
