import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { alias: { "#agent": fileURLToPath(new URL("./agent", import.meta.url)) } },
  test: {
    include: ["tests/**/*.test.ts"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: "forks",
    // One worker a core: many tests wait for processes of their own, and the default leaves a core idle.
    maxWorkers: "100%",
    globalSetup: "tests/support/build.ts",
  },
});
