// A copy of the built program in a folder of its own: to be broken on purpose, or left alone while the build goes on.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packages, root } from "../packages.mjs";

/** A copy of what runs: built packages, linked as the workspace links them; everybody else's by reference. */
export function copyProgram() {
  const copy = mkdtempSync(join(tmpdir(), "dispatch-program-"));
  mkdirSync(join(copy, "node_modules/@dispatch"), { recursive: true });
  for (const { dir, json } of packages) {
    for (const part of ["package.json", "dist", "bin", "assets", "node_modules"])
      if (existsSync(join(root, dir, part)))
        cpSync(join(root, dir, part), join(copy, dir, part), { recursive: true, verbatimSymlinks: true });
    symlinkSync(join(copy, dir), join(copy, "node_modules", json.name));
  }
  for (const name of readdirSync(join(root, "node_modules")))
    if (name !== "@dispatch" && !name.startsWith("."))
      symlinkSync(join(root, "node_modules", name), join(copy, "node_modules", name));
  return copy;
}
