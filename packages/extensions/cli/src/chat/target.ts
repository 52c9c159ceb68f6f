/** Which conversation a message goes to: a new one, one named by id or prefix, or the last of this folder. */
import { type Client, isClientError } from "@dispatch/client";
import { commandError } from "../command-error.ts";

/** Rows searched for `--continue`, newest first. */
const pages = 10;

/** Ids that the server and the live view make are of nothing else: such a name may be the beginning of one, typed wrongly. */
const likeAnId = /^[0-9a-f]+(-[0-9a-f-]*)?$/;

export interface NamedConversation {
  readonly id: string;
  readonly isNew: boolean;
}

/**
 * The conversation of this id, else the one whose id alone begins so. A name that none has begins a new one under it, unless
 * it looks like an id: then it is a typing mistake as likely, and nothing is begun.
 */
export async function namedConversation(client: Client, given: string): Promise<NamedConversation> {
  const found = await orAbsent(client.resolve(given));
  if (found) return { id: found.id, isNew: false };
  if (!likeAnId.test(given)) return { id: given, isNew: true };
  throw commandError(`There is no conversation ${given}, and none whose id begins so.`, {
    code: "conversation-not-found",
    fix: `\`dispatch list --all\` shows those there are. To begin one of this name: \`dispatch chat --new -c ${given}\`.`,
  });
}

/** A new one of exactly this name, whatever else begins so. */
export async function newConversation(client: Client, given: string): Promise<NamedConversation> {
  if (await orAbsent(client.get(given)))
    throw commandError(`The conversation ${given} exists.`, {
      code: "conversation-exists",
      fix: "Leave out --new to go on with it, or give another name.",
    });
  return { id: given, isNew: true };
}

async function orAbsent<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (isClientError(error) && error.code === "conversation-not-found") return undefined;
    throw error;
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
