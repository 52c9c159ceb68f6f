/** A local Ollama: where it would be, and whether it answers. */

const defaultPort = "11434";

/** The origin for what `OLLAMA_HOST` may hold: a name, `name:port`, `:port` or a URL. Undefined when it is none of them. */
export function ollamaOrigin(host = ""): string | undefined {
  const text = host.trim().replace(/^:/, "127.0.0.1:") || "127.0.0.1";
  const url = /^https?:\/\//i.test(text) ? text : `http://${text}`;
  if (!URL.canParse(url)) return undefined;
  const { protocol, hostname, port } = new URL(url);
  // It is told where to listen by the same variable: on all interfaces means here too.
  const name = hostname === "0.0.0.0" ? "127.0.0.1" : hostname === "[::]" ? "[::1]" : hostname;
  const bare = port === "" && !/^https?:\/\//i.test(text);
  return `${protocol}//${name}${bare ? `:${defaultPort}` : port === "" ? "" : `:${port}`}`;
}

/** The names of its models, by whichever of its two lists answers first; undefined when neither does before `signal` aborts. */
export async function askOllama(origin: string, signal: AbortSignal): Promise<readonly string[] | undefined> {
  const ask = async (path: string): Promise<readonly string[]> => {
    const response = await fetch(origin + path, { redirect: "error", signal });
    const body: unknown = response.ok ? await response.json() : undefined;
    const names = namesIn(body);
    if (names === undefined) throw new Error(`${path} is not Ollama's`);
    return names;
  };
  try {
    return await Promise.any([ask("/api/tags"), ask("/v1/models")]);
  } catch {
    return undefined; // Nobody there: the usual case, and no fault.
  }
}

function namesIn(body: unknown): readonly string[] | undefined {
  if (typeof body !== "object" || body === null) return undefined;
  const list: unknown = "models" in body ? body.models : "data" in body ? body.data : undefined;
  if (!Array.isArray(list)) return undefined;
  return list.flatMap((model: { name?: unknown; id?: unknown } | null) => {
    const name = model?.name ?? model?.id;
    return typeof name === "string" && name !== "" ? [name] : [];
  });
}
