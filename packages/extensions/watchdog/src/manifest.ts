/** What watchdog is. */
import { defineManifest } from "@dispatch/kernel";

export const manifest = defineManifest({
  id: "watchdog",
  version: "0.1.0",
  apiVersion: "^1.0.0",
  description: "Notices turns that make no progress.",
});
