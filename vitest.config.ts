// One config for all tests. The export condition makes packages resolve to their sources, so `unit` needs no build;
// `e2e` starts real processes, which run what is in dist/: it builds the JavaScript once before its first test.
import { defineConfig } from "vitest/config";

const conditions = ["@dispatch/source", "module", "node", "default"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    environment: "node",
    maxWorkers: 3, // much of the time is spent waiting for other processes
    expect: { poll: { timeout: 25_000 } }, // as testTimeout: only what hangs fails, on a busy machine too
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          testTimeout: 30_000, // machines that run this may be busy: only what hangs fails
          isolate: false, // no module here has state of its own: loading each anew for each file takes longer than its tests
          include: [
            "packages/**/src/**/*.test.ts",
            "packages/extensions/web/app/**/*.test.ts",
            "scripts/**/*.test.ts",
          ],
        },
      },
      {
        extends: true,
        test: {
          name: "e2e",
          include: ["packages/host-bin/e2e/**/*.test.ts"],
          globalSetup: ["packages/host-bin/e2e/build-once.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
