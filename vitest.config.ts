import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** What takes longest, most of it waiting: begun last, one of these would be waited for when all others are done. */
const LONGEST = [
  ...["appliance", "soak", "corpus", "demo", "fuzz/sensor", "page", "fail-closed", "rule-sets", "terminal"],
  ...["kill-steps", "self-test", "agent-live", "fuzz/http"],
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification): number => {
      const place = LONGEST.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`));
      return place < 0 ? LONGEST.length : place;
    };
    return (await super.sort(files)).sort((one, other) => rank(one) - rank(other));
  }
}

export default defineConfig({
  resolve: { alias: { "#agent": fileURLToPath(new URL("./agent", import.meta.url)) } },
  test: {
    // Of use where a test hangs: how busy a machine is decides nothing.
    testTimeout: 180_000,
    hookTimeout: 240_000,
    expect: { poll: { timeout: 60_000 } },
    pool: "forks",
    // More workers than cores: the long ones wait for processes, timers and disks of their own most of the time.
    maxWorkers: 2 * availableParallelism(),
    sequence: { sequencer: LongestFirst },
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
