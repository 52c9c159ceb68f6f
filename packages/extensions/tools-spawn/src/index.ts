/** `@dispatch/tools-spawn`. */
import { defineExtension } from "@dispatch/kernel";
import { manifest } from "./manifest.ts";

export { manifest };

export default defineExtension(manifest, () => {});
