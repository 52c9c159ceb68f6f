/** What surfaces is. */
import { defineManifest } from "@dispatch/kernel";

export const manifest = defineManifest({
  id: "surfaces",
  version: "0.1.0",
  apiVersion: "^1.0.0",
  description: "Small interfaces that extensions declare and any client draws.",
});
