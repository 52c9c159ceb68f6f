/** What the page asks over HTTP beyond the client: under its own token, at its own origin. */
import type { ConversationRow, MetricsAnswer, Problem } from "@dispatch/wire";
import { sentences } from "@dispatch/wire/shown";

export interface Server {
  metrics(conversationId: string): Promise<MetricsAnswer>;
  /** Gone, but for an archive where the server keeps one. */
  delete(conversationId: string): Promise<void>;
  /** Of this browser: its token is worth nothing afterwards. */
  logOut(browserId: string): Promise<void>;
  /** The conversations it is the parent of, closed ones too. */
  children(conversationId: string): Promise<readonly ConversationRow[]>;
  /** Closed ones too. */
  search(): Promise<readonly ConversationRow[]>;
}

export function createServer(token: string): Server {
  async function call<T>(method: string, path: string): Promise<T> {
    const response = await fetch(path, {
      method,
      headers: { authorization: `Bearer ${token}`, accept: "application/json" },
      redirect: "error",
    });
    const text = await response.text();
    if (response.ok) return (text === "" ? undefined : JSON.parse(text)) as T;
    throw problemOf(response.status, text);
  }
  const at = (id: string) => `/conversations/${encodeURIComponent(id)}`;
  return {
    metrics: (id) => call("GET", `${at(id)}/metrics`),
    delete: (id) => call("DELETE", at(id)),
    logOut: (id) => call("DELETE", `/web/sessions/${encodeURIComponent(id)}`),
    children: async (id) =>
      (await call<{ items: ConversationRow[] }>("GET", `${at(id)}/children?limit=200`)).items,
    search: async () =>
      (await call<{ items: ConversationRow[] }>("GET", "/conversations?status=active,idle,closed&limit=200"))
        .items,
  };
}

/** An error with the server's words. */
export function problemOf(status: number, text: string): Error & { readonly code: string } {
  let problem: Partial<Problem> = {};
  try {
    problem = JSON.parse(text) as Partial<Problem>;
  } catch {
    // no answer of Dispatch: its status says enough
  }
  const words = sentences(problem.detail ?? problem.title ?? `The server answered ${status}.`, problem.fix);
  return Object.assign(new Error(words), { code: problem.code ?? "bad-answer" });
}
