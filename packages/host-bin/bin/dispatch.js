#!/usr/bin/env node
// The `dispatch` command. This file is committed (npm links it before anything is built) and only starts the built main.
import { existsSync } from "node:fs";

const main = new URL("../dist/main.js", import.meta.url);

if (existsSync(main)) {
  await import(main.href);
} else {
  process.stderr.write("dispatch: the program has not been built yet; run `npm run build` first.\n");
  process.exitCode = 1;
}
