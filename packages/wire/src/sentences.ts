/** Texts of different origin one behind the other, for people. */

/** As sentences: `No money` and `Pay.` are `No money. Pay.` What is empty or absent is left out; the last one ends as it is. */
export const sentences = (...texts: readonly (string | undefined)[]): string =>
  texts
    .flatMap((text) => text?.trim() || [])
    .map((text, index, all) =>
      index === all.length - 1 || /[.!?…:;]["”’)]?$/.test(text) ? text : `${text}.`,
    )
    .join(" ");
