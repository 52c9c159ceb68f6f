/** `dispatch --help` without loading the program: the page of the build and the table that the server left in the data folder. */
import { readFileSync } from "node:fs";
import { dataDirOf, dataPaths, type Environment } from "../paths.ts";
import { mergePage } from "./merge-page.ts";
import { readTable } from "./read-table.ts";

/** Undefined: only the program can tell, which asks the server at an address. */
export function helpWithCommands(page: string, env: Environment, cwd: string): string | undefined {
  if (env.DISPATCH_URL) return undefined;
  return mergePage(page, readTable(tableText(dataPaths(dataDirOf({ env, cwd })).commands)));
}

/** Empty when there is none. */
export function tableText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return ""; // never written, or not ours to read: help goes without
  }
}
