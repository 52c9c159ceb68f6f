/** Where in the page one is: the conversation in the fragment of the address, which browsers send to nobody. Pure. */

/** `#/c/<id>` → the id; anything else: none, a new conversation. */
export function conversationIn(hash: string): string | undefined {
  const id = /^#\/c\/([A-Za-z0-9][A-Za-z0-9_-]{0,127})$/.exec(hash)?.[1];
  return id;
}

export const hashOf = (conversationId: string | undefined): string =>
  conversationId === undefined ? "#/" : `#/c/${conversationId}`;

/** The code of a login link. */
export const loginCodeIn = (hash: string): string | undefined => /^#login=([\w-]{1,256})$/.exec(hash)?.[1];
