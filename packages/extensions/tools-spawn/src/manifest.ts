/** What tools-spawn is. */
import { defineManifest } from "@dispatch/kernel";

export const manifest = defineManifest({
  id: "tools-spawn",
  version: "0.1.0",
  apiVersion: "^1.0.0",
  description: "Child conversations: the spawn tool.",
});
