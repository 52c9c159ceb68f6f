/**
 * A conversation as a document: a header line, then its records as they are stored, one JSON object a line. Lines are checked
 * one by one, so that what is wrong can be said with its line number.
 */
import {
  type DocumentHeader,
  dispatchError,
  documentFault,
  documentVersion,
  type LogRecord,
} from "@dispatch/wire";
import { falseClaim } from "./claims.ts";

export const headerLine = (id: string, head: number, exportedAt: number): string =>
  JSON.stringify({
    type: "dispatch-conversation",
    version: documentVersion,
    id,
    head,
    exportedAt,
  } satisfies DocumentHeader);

const wrong = (line: number, message: string): Error =>
  dispatchError("invalid-request", `Line ${line} of the document: ${message}`, {
    errors: [{ path: `line ${line}`, message }],
    fix: "Import a document as `dispatch export` wrote it.",
  });

/** UTF-16 code units: more than any record that is made here, of which the largest is a full queue. */
export const longestLine = 8 * 1024 * 1024;

export interface DocumentReader {
  /** Takes the next line, without its end. Throws `invalid-request` with the line's number. */
  line(text: string): void;
  /** Refuses the next line, which is longer than `longestLine`. */
  tooLong(): never;
  /** Throws when lines are missing. */
  end(): { readonly header: DocumentHeader; readonly records: readonly LogRecord[] };
}

/** `now`: Unix ms. `most`: records that it may announce. */
export function readDocument(now: number, most: number): DocumentReader {
  let number = 0;
  let found: DocumentHeader | undefined;
  const records: LogRecord[] = [];

  function parse(text: string): unknown {
    try {
      return JSON.parse(text);
    } catch {
      throw wrong(number, "It is not JSON.");
    }
  }

  function check(kind: "header" | "record", value: unknown): void {
    const fault = documentFault(kind, value);
    if (fault) throw wrong(number, `${fault.path === "" ? "" : `${fault.path}: `}${fault.message}`);
  }

  return {
    line(text) {
      number++;
      if (text.trim() === "" && number > 1) return;
      const value = parse(text);
      check(found ? "record" : "header", value);
      if (!found) {
        found = value as DocumentHeader;
        if (found.head > most)
          throw dispatchError("payload-too-large", `A document may have at most ${most} records.`, {
            fix: "Raise importRecords in the settings of session-orchestrator.",
          });
        return;
      }
      // Kept as it is: what this version does not know of a record may matter to another.
      const record = value as LogRecord;
      const expected = records.length + 1;
      if (record.seq !== expected) throw wrong(number, `Its seq is ${record.seq}, not ${expected}.`);
      if (expected > found.head) throw wrong(number, "The header announced fewer records.");
      const claim = falseClaim(record, now);
      if (claim !== undefined) throw wrong(number, claim);
      records.push(record);
    },
    tooLong() {
      throw wrong(number + 1, `It is longer than ${longestLine} characters.`);
    },
    end() {
      if (!found) throw wrong(1, "The document is empty.");
      if (records.length < found.head)
        throw wrong(number, `The document ends after record ${records.length} of ${found.head}.`);
      return { header: found, records };
    },
  };
}
