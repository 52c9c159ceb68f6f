/**
 * What may be proposed to a shell: it goes into the line, which somebody then runs. Our scripts evaluate nothing of it, yet a
 * value has to be a word for every shell, and titles and the names of models are other people's words. Pure.
 */
import type { Proposal } from "./suggest.ts";

/** Undefined for a value that a shell would take for more than a word. */
export function safeProposal([value, description]: Proposal): Proposal | undefined {
  if (!/^[A-Za-z0-9][\w@%+=:,./-]{0,255}$/.test(value)) return undefined;
  return [value, safeDescription(description)];
}

/** One line of words: what means something to a shell is left out. */
export const safeDescription = (text: string): string =>
  text
    .replace(/[^\p{L}\p{M}\p{N} .,:@%+=/_-]+/gu, " ")
    .replace(/ +/g, " ")
    .trim()
    .slice(0, 100);
