/** Ids and keys made by the page. Not `crypto.randomUUID`: browsers have it only over TLS and on the machine itself. */

/** 128 random bits in hex. */
export const randomId = (): string =>
  [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
