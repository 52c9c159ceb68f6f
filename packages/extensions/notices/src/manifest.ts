/** What notices is. */
import { defineManifest } from "@dispatch/kernel";

export const manifest = defineManifest({
  id: "notices",
  version: "0.1.0",
  apiVersion: "^1.0.0",
  description: "Tells clients what ended, failed or stalled; keeps a bounded log of it.",
});
