/** Globs become regular expressions, to be run where a slow one does no harm: in the matcher's own thread. */
import picomatch from "picomatch";
import { Refusal } from "./refusal.ts";

/** Longer globs are refused by the tools' parameters. */
export const maxGlobLength = 500;

export interface CompiledGlob {
  readonly source: string;
  readonly flags: string;
  /** A glob without a slash is about names, at any depth; one with a slash about the path below the searched folder. */
  readonly on: "name" | "path";
}

/** Throws a Refusal for a glob that cannot match anything below a folder. */
export function compileGlob(glob: string): CompiledGlob {
  const plain = glob.replace(/^(?:\.\/)+/, "");
  if (plain === "") throw new Refusal(`The glob "${glob}" is empty.`);
  if (plain.startsWith("/") || plain.split("/").includes("..")) {
    throw new Refusal(
      `The glob "${glob}" is relative to the folder in "path": it cannot begin with "/" or hold "..".`,
    );
  }
  const { source, flags } = picomatch.makeRe(plain, { dot: true });
  return { source, flags, on: plain.includes("/") ? "path" : "name" };
}
