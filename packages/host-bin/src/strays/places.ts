/** Whose code threw? Read from the files that a stack names. */
import { fileURLToPath } from "node:url";

/** Where the code of an extension lies. Absolute paths. */
export interface Place {
  readonly id: string;
  /** Its own files: the one that was given, and the one that runs. */
  readonly files: readonly string[];
  /** Folder of what it may import; ends with a separator. */
  readonly folder: string;
}

export interface Frame {
  /** Absolute path. */
  readonly file: string;
  /** `hello.ts:12:5` with the whole path. */
  readonly position: string;
}

const frame =
  /(?:\(|at (?:async )?)((?:file:\/\/)?\/[^()\n]*?|(?:file:\/\/\/)?[A-Za-z]:[\\/][^()\n]*?):(\d+):(\d+)\)?$/;

/** The files of a stack, innermost first; Node's own are left out. */
export function framesOf(error: unknown): Frame[] {
  const stack = error instanceof Error && typeof error.stack === "string" ? error.stack : "";
  return stack.split("\n").flatMap((line) => {
    const [, where = "", row, column] = frame.exec(line.trimEnd()) ?? [];
    if (where === "") return [];
    const file = pathOf(where.replace(/\?.*$/, ""));
    return [{ file, position: `${file}:${row}:${column}` }];
  });
}

function pathOf(where: string): string {
  try {
    return where.startsWith("file:") ? fileURLToPath(where) : where;
  } catch {
    return where; // not an address that can be a path: it matches nothing
  }
}

export interface Culprit {
  readonly id: string;
  readonly position?: string | undefined;
}

/**
 * The innermost extension on the stack: by its own file, else by the folder nearest around when no other extension lies there. Files of
 * `own` (the program's code) are nobody's.
 */
export function culpritOnStack(
  frames: readonly Frame[],
  places: readonly Place[],
  own: string,
): Culprit | undefined {
  for (const { file, position } of frames) {
    const exact = places.find(({ files }) => files.includes(file));
    if (exact) return { id: exact.id, position };
    if (file.startsWith(own)) continue;
    const near = places
      .filter(({ folder }) => file.startsWith(folder))
      .sort((a, b) => b.folder.length - a.folder.length);
    const [nearest, next] = near;
    if (nearest && nearest.folder !== next?.folder) return { id: nearest.id, position };
  }
  return undefined;
}
