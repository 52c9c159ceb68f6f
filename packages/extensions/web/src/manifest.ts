/** What web is. */
import { defineManifest } from "@dispatch/kernel";

export const manifest = defineManifest({
  id: "web",
  version: "0.1.0",
  apiVersion: "^1.0.0",
  description: "The live view in a browser.",
});
