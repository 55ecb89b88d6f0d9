import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

export default defineConfig({
  resolve: { alias: { "#agent": fileURLToPath(new URL("./agent", import.meta.url)) } },
  test: {
    testTimeout: 30_000,
    hookTimeout: 60_000,
    pool: "forks",
    // One worker a core: many tests wait for processes of their own, and the default leaves a core idle.
    maxWorkers: "100%",
    globalSetup: "tests/support/build.ts",
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["tests/unit/**/*.test.ts"],
          // Loading the agent anew costs more than most of these files: they share a process, and leave nothing behind in it.
          isolate: false,
        },
      },
      {
        extends: true,
        test: { name: "whole", include: ["tests/**/*.test.ts"], exclude: ["tests/unit/**"] },
      },
    ],
  },
});
