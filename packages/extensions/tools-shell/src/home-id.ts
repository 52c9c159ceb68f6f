/** A random name of the data folder, made once and kept in it: marks of processes are told apart by it. */
import type { Storage } from "@dispatch/kernel";

const key = "home-id";

export async function loadHomeId(
  storage: Pick<Storage, "get" | "set">,
  newId: () => string,
): Promise<string> {
  const kept = await storage.get(key);
  if (typeof kept === "string" && kept !== "") return kept;
  const id = newId();
  await storage.set(key, id);
  return id;
}
