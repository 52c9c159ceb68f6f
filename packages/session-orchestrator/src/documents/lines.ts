/** Lines out of pieces of text: work in the size of the text, however small the pieces are; no line is held that is too long. */

export interface Lines {
  push(text: string): void;
  /** The text is over: what is left is the last line, if there is anything left. */
  end(): void;
}

/** `take` gets each line without its end. `tooLong` throws: it is called for a line of more than `most` UTF-16 code units. */
export function splitLines(take: (line: string) => void, most: number, tooLong: () => never): Lines {
  let pieces: string[] = [];
  let length = 0;
  const add = (piece: string): void => {
    length += piece.length;
    if (length > most) tooLong();
    pieces.push(piece);
  };
  const flush = (): void => {
    const line = pieces.join("");
    pieces = [];
    length = 0;
    take(line);
  };
  return {
    push(text) {
      let from = 0;
      for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", from)) {
        add(text.slice(from, end));
        flush();
        from = end + 1;
      }
      if (from < text.length) add(text.slice(from));
    },
    end() {
      if (pieces.length > 0) flush();
    },
  };
}
