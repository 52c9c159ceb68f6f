/** `@dispatch/surfaces`. */
import { defineExtension } from "@dispatch/kernel";
import { manifest } from "./manifest.ts";

export * from "./ports.ts";
export { manifest };

export default defineExtension(manifest, () => {});
