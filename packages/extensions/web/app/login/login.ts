/** The token of this browser: where it comes from, where it is kept. It is sent to the page's own origin only, in a header. */

import { problemOf } from "../live/server.ts";
import type { LocalStore } from "../sending/local-store.ts";

export interface Login {
  readonly id: string;
  readonly token: string;
}

const key = "login";

export function keptLogin(store: LocalStore): Login | undefined {
  const kept = store.get(key);
  if (typeof kept !== "object" || kept === null || !("token" in kept) || !("id" in kept)) return undefined;
  return { id: String(kept.id), token: String(kept.token) };
}

export const keepLogin = (store: LocalStore, login: Login | undefined): boolean => store.set(key, login);

/** Rejects with the server's words when the code is not good. */
export async function exchange(code: string): Promise<Login> {
  const response = await fetch("/web/session", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ code }),
    redirect: "error",
  });
  const text = await response.text();
  if (!response.ok) throw problemOf(response.status, text);
  const { id, token } = JSON.parse(text) as Login;
  return { id, token };
}

/** The code in what a person pasted: a link, or the code alone. */
export const codeIn = (pasted: string): string | undefined =>
  /^(?:https?:\/\/\S*#login=)?([\w-]{20,256})$/.exec(pasted.trim())?.[1];
