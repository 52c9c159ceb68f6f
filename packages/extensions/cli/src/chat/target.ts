/** Which conversation a message goes to: a new one, one named by id or prefix, or the last of this folder. */
import { type Client, isClientError } from "@dispatch/client";
import { commandError } from "../command-error.ts";

/** Rows searched for `--continue`, newest first. */
const pages = 10;

/** Could be the beginning of an id that the server made. */
const uuidPrefix = /^[0-9a-f]{1,8}(-[0-9a-f-]*)?$/;

/**
 * The id for a given one or a unique prefix. A name that no conversation has begins a new one under that name, unless
 * it looks like the prefix of a generated id: that is a typing mistake.
 */
export async function namedConversation(
  client: Client,
  given: string,
): Promise<{ id: string; isNew: boolean }> {
  try {
    return { id: (await client.resolve(given)).id, isNew: false };
  } catch (error) {
    const absent = isClientError(error) && error.code === "conversation-not-found";
    if (!absent || uuidPrefix.test(given)) throw error;
    return { id: given, isNew: true };
  }
}

/** The conversation of this folder with the newest activity. */
export async function lastConversation(client: Client, cwd: string): Promise<string> {
  let cursor: string | undefined;
  for (let page = 0; page < pages; page += 1) {
    const answer = await client.list({ limit: 100, cursor });
    const row = answer.items.find((candidate) => candidate.cwd === cwd);
    if (row) return row.id;
    cursor = answer.nextCursor;
    if (cursor === undefined) break;
  }
  throw commandError(`There is no conversation in ${cwd} to continue.`, {
    fix: "Leave out --continue to start one, or name one with -c.",
  });
}
