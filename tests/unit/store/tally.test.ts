import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { TallyChange } from "../../../agent/store/tally.js";
import { message, openStore } from "../../support/store.js";
import { memoryDirectory } from "../../support/temporary-directory.js";

describe("the tally", () => {
  it("changes with the entries it comes with, in their order, and outlives a restart", async () => {
    const directory = await memoryDirectory();
    const store = await openStore(directory);
    const change = (tally: TallyChange) => store.append([{ priority: "low", tally }]);
    await change({ add: [["hour/1", "a", 2]] });
    await store.append([
      { ...message(1), tally: { add: [["hour/1", "a", 3]] } },
      { ...message(2), tally: { add: [["hour/1", "b", 1]], set: [["", "hour", 1]] } },
    ]);
    expect(await store.tally()).toEqual([
      ["", "hour", 1],
      ["hour/1", "a", 5],
      ["hour/1", "b", 1],
    ]);
    await store.append([
      { priority: "low", tally: { add: [["hour/1", "a", 1]] } },
      { priority: "low", tally: { drop: ["hour/1"], set: [["", "hour", 2]], add: [["hour/2", "a", 7]] } },
      { priority: "low", tally: { add: [["hour/2", "a", 1]] } },
    ]);
    await store.close();
    const again = await openStore(directory);
    expect(await again.tally()).toEqual([
      ["", "hour", 2],
      ["hour/2", "a", 8],
    ]);
  });

  it("is carried over from a database that is set aside", async () => {
    const directory = await memoryDirectory();
    const store = await openStore(directory);
    for (let i = 1; i <= 3; i++)
      await store.append([{ priority: "low", tally: { add: [["hour/1", "a", i]] } }]);
    await store.close();
    const path = join(directory, "store.db");
    // The head of the schema's page is spoilt: SQLite does not read the file any more.
    await writeFile(path, Buffer.alloc(40, 0xff), { flag: "r+" });
    const again = await openStore(directory);
    expect(await again.tally()).toEqual([["hour/1", "a", 6]]);
  });
});
