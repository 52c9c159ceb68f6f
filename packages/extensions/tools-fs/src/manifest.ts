/**
 * What tools-fs is and which of its numbers can be set.
 * One extension owns what happens to files, so that reading and writing keep to the same bounds.
 */
import { defineManifest } from "@dispatch/kernel";

export interface FileToolSettings {
  /** Text that one answer may hold, in bytes of UTF-8. */
  readonly maxReadBytes: number;
  /** Up to this size, in bytes, a file's lines are counted to the end so that the answer can say how many there are. */
  readonly maxFileBytes: number;
  /** Size of a file that may be written or edited, in bytes. */
  readonly maxWriteBytes: number;
  /** Entries of one listing. */
  readonly listLimit: number;
  /** Matching lines of one search. */
  readonly searchLimit: number;
  /** Time for one search, or for one listing with a glob, in ms. */
  readonly searchTimeMs: number;
  /** Folders besides the working directory that may be read and written. Absolute. */
  readonly roots: readonly string[];
  /** Open files that have further hard links, as some package managers make them. Default no. */
  readonly hardLinks: boolean;
}

const count = (description: string, value: number) =>
  ({ type: "integer", minimum: 1, default: value, description }) as const;

export const manifest = defineManifest({
  id: "tools-fs",
  version: "0.1.0",
  apiVersion: "^1.0.0",
  description: "Tools that read, write, list and search files inside the working directory.",
  capabilities: ["fs"],
  contributes: { points: { tools: ["read_file", "write_file", "edit_file", "list_files", "search_files"] } },
  settings: {
    type: "object",
    additionalProperties: false,
    properties: {
      maxReadBytes: count("Bytes of text that one answer may hold; a turn keeps 65,536 of a result.", 60_000),
      maxFileBytes: count("Lines of files up to this many bytes are counted to the end.", 10_485_760),
      maxWriteBytes: count("Bytes of a file that may be written or edited.", 10_485_760),
      listLimit: count("Entries of one listing; a turn keeps 500 lines of a result.", 499),
      searchLimit: count("Matching lines of one search.", 200),
      searchTimeMs: count("Milliseconds that one search or one listing with a glob may take.", 10_000),
      hardLinks: {
        type: "boolean",
        default: false,
        description: "Open files that have further hard links, wherever these lie.",
      },
      roots: {
        type: "array",
        items: { type: "string", minLength: 1 },
        default: [],
        description: "Absolute paths of folders besides the working directory that may be read and written.",
      },
    },
  },
});
