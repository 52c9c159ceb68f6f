/** What commands is. */
import { defineManifest } from "@dispatch/kernel";

export const manifest = defineManifest({
  id: "commands",
  version: "0.1.0",
  apiVersion: "^1.0.0",
  description: "Commands of extensions: run over HTTP and from the command line.",
});
